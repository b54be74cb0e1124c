"""What the signals of a maker's terminal mean: data, not code.

Cover, lift, load and weight have no national layout: the same bit means open on one terminal and
closed on another. A model says where a signal is and what each of its values means; a value that it
does not name is unknown. Ready-made models are in `models/`; a user's own has the same form.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from domain.report import Cover, Load
from protocols.jt808.location import Item, Location

T = TypeVar("T")
ItemId: TypeAlias = (
    Annotated[int, Meta(ge=0, le=0xFF)] | Annotated[str, Meta(pattern="^0[xX][0-9A-Fa-f]{2}$")]
)
_FOLDER = "models"
_FIELD_LENGTH = 4


class ModelError(ValueError):
    """A model that cannot be used; the message names the field and says how to mend it."""


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a number is: in an additional item, or in the location's `status` or `alarm`.

    `bit` and `width` take some bits out of it, bit 0 being the lowest; without `bit` it is all of it.
    Numbers are big-endian.
    """

    item: ItemId | None = None
    field: Literal["status", "alarm"] | None = None
    offset: Annotated[int, Meta(ge=0, le=254)] = 0
    length: Annotated[int, Meta(ge=1, le=8)] | None = None
    bit: Annotated[int, Meta(ge=0, le=63)] | None = None
    width: Annotated[int, Meta(ge=1, le=32)] = 1

    def __post_init__(self) -> None:
        """Refuse what has no place, or two."""
        if (self.item is None) == (self.field is None):
            raise ValueError("give either `item` or `field`, and only one of them")
        if self.field is not None and (self.offset or self.length is not None):
            raise ValueError("`offset` and `length` belong to an `item`: a `field` has its own")
        if self.bit is None and self.width != 1:
            raise ValueError("`width` needs `bit`, the lowest of its bits")
        if self.bit is not None and self.bit + self.width > 8 * self.size:
            raise ValueError(f"bit {self.bit} and width {self.width} lie outside of {self.size} bytes")

    @property
    def size(self) -> int:
        """How many bytes the number has."""
        return _FIELD_LENGTH if self.field is not None else self.length or 1

    @property
    def item_id(self) -> int | None:
        """The id of the item as a number."""
        return int(self.item, 16) if isinstance(self.item, str) else self.item

    def read(self, location: Location) -> int | None:
        """The number; None if the terminal did not send it."""
        whole = self._whole(location)
        if whole is None or self.bit is None:
            return whole
        return whole >> self.bit & (1 << self.width) - 1

    def write(self, location: Location, number: int) -> Location:
        """The location with this number at this place; an item that is not there is added, else zeros."""
        whole = number
        if self.bit is not None:
            mask = (1 << self.width) - 1 << self.bit
            whole = (self._whole(location) or 0) & ~mask | number << self.bit & mask
        if self.field == "status":
            return msgspec.structs.replace(location, status=whole)
        if self.field == "alarm":
            return msgspec.structs.replace(location, alarm=whole)
        item_id = self.item_id
        assert item_id is not None
        value = bytearray((location.item(item_id) or b"").ljust(self.offset + self.size, b"\0"))
        value[self.offset : self.offset + self.size] = whole.to_bytes(self.size)
        others = tuple(item for item in location.items if item.id != item_id)
        return msgspec.structs.replace(location, items=(*others, Item(id=item_id, value=bytes(value))))

    def _whole(self, location: Location) -> int | None:
        if self.field is not None:
            return location.status if self.field == "status" else location.alarm
        value = location.item(self.item_id or 0)
        if value is None or len(value) < self.offset + self.size:
            return None
        return int.from_bytes(value[self.offset : self.offset + self.size])


class Signal(Place, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal with few values, and what each of them means; any other value is unknown."""

    values: dict[int, T]

    def __post_init__(self) -> None:
        """Refuse a signal that can never say anything."""
        super().__post_init__()
        if not self.values:
            raise ValueError("`values` names no value, so the signal would always be unknown")
        most = (1 << (8 * self.size if self.bit is None else self.width)) - 1
        for value in self.values:
            if not 0 <= value <= most:
                raise ValueError(f"`values` names {value}, but the place holds 0 to {most}")

    def meaning(self, location: Location) -> T | None:
        """What the terminal says; None if it says nothing that the model knows."""
        number = self.read(location)
        return None if number is None else self.values.get(number)

    def say(self, location: Location, meant: T) -> Location:
        """The location that says this; one that the signal cannot say is left as it is."""
        numbers = [number for number, meaning in self.values.items() if meaning == meant]
        return self.write(location, numbers[0]) if numbers else location


class Measure(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A measured quantity: number × scale + add; the numbers in `unknown` are no measurements."""

    scale: float = 1.0
    add: float = 0.0
    signed: bool = False
    unknown: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a scale that loses everything."""
        super().__post_init__()
        if self.scale == 0:
            raise ValueError("`scale` must not be 0")

    def meaning(self, location: Location) -> float | None:
        """The quantity; None if it was not sent or is unknown."""
        number = self.read(location)
        if number is None or number in self.unknown:
            return None
        bits = 8 * self.size if self.bit is None else self.width
        if self.signed and number >> bits - 1:
            number -= 1 << bits
        # Rounded, for 0.1 x 3 is no 0.30000000000000004 of a tonne.
        return round(number * self.scale + self.add, 6)

    def say(self, location: Location, meant: float) -> Location:
        """The location that says this, as nearly as the scale allows."""
        number = round((meant - self.add) / self.scale)
        bits = 8 * self.size if self.bit is None else self.width
        lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)
        return self.write(location, min(max(number, lowest), highest) % (1 << bits))


class AlarmBit(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm of the maker's own: it holds while its bits are not 0. An empty name takes one away."""

    name: Annotated[str, Meta(pattern="^[a-z0-9_]{0,64}$")]


class Signals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where each signal is; what is absent the terminal does not have."""

    load: Signal[Load] | None = None
    cover: Signal[Cover] | None = None
    lift: Signal[bool] | None = None
    weight_t: Measure | None = None
    alarms: tuple[AlarmBit, ...] = ()


class TerminalModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of terminal; `source` says where the facts come from, and how sure they are."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    name: str
    source: str = ""
    signals: Signals = Signals()

    def with_signals(
        self,
        location: Location,
        *,
        load: Load | None = None,
        cover: Cover | None = None,
        lift: bool | None = None,
        weight_t: float | None = None,
    ) -> Location:
        """The location with these signals as such a terminal sends them; unknown ones are left alone."""
        signals = self.signals
        if load is not None and signals.load is not None:
            location = signals.load.say(location, load)
        if cover is not None and signals.cover is not None:
            location = signals.cover.say(location, cover)
        if lift is not None and signals.lift is not None:
            location = signals.lift.say(location, lift)
        if weight_t is not None and signals.weight_t is not None:
            location = signals.weight_t.say(location, weight_t)
        return location


def read_model(text: str | bytes) -> TerminalModel:
    """A model from TOML or JSON; raises ModelError with the field at fault."""
    written = text.decode() if isinstance(text, bytes) else text
    try:
        if written.lstrip().startswith("{"):
            return msgspec.json.decode(written, type=TerminalModel)
        return msgspec.toml.decode(written, type=TerminalModel)
    except (msgspec.DecodeError, ValueError) as error:
        raise ModelError(f"{error}") from error


def model_of(document: object) -> TerminalModel:
    """A model from a document read already, such as an entry of a registry; raises ModelError."""
    try:
        return msgspec.convert(document, type=TerminalModel, str_keys=True)
    except msgspec.ValidationError as error:
        raise ModelError(str(error)) from error


def ready_made() -> dict[str, TerminalModel]:
    """The models that come with Haulwatch, by id."""
    models = (
        read_model(file.read_text(encoding="utf-8"))
        for file in files(__package__ or "protocols.jt808").joinpath(_FOLDER).iterdir()
        if file.name.endswith(".toml")
    )
    return {model.id: model for model in sorted(models, key=lambda model: model.id)}
