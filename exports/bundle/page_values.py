"""How a bundle's page says things: words, instants by the clock on the wall, values by what their names say they are."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from domain.localtime import local_rfc3339
from domain.quantity import UNITS
from domain.registry import Registry
from exports.bundle.page_words import FIELDS, VALUES, WORDS
from exports.sentence_words import TERMS
from exports.sentences import metres, number
from exports.words import Language

_MOST_ITEMS = 24
_UNITS = (
    ("_kmh", "km/h"),
    ("_h", "h"),
    ("_t", "t"),
    ("_ugm3", "µg/m³"),
    ("_db", "dB"),
    ("_s", "s"),
    ("_m3", "m³"),
)
_OF_A_QUANTITY = frozenset(
    {
        "limit", "peak", "mean", "value", "background", "background_cap", "clear_below", "median", "maximum",
        "beside", "subtract",
    }
)  # fmt: skip
"""Fields in the unit of the quantity that the object, or the one it is a part of, is about."""


class Teller:
    """Says things in one language, of one registry."""

    def __init__(self, language: Language, registry: Registry) -> None:
        """Speak a language; names and the time zone are the registry's."""
        self.language = language
        self.registry = registry
        self.zone = registry.zone_info
        self.zone_names: Mapping[str, str] = {zone.id: zone.name or zone.id for zone in registry.zones}
        self._plates = {one.id: one.plate or one.id for one in registry.vehicles}
        self._at = 0 if language == "zh" else 1

    def word(self, name: str, **values: object) -> str:
        """A word or sentence, not escaped."""
        return self.of(WORDS[name]).format(**values)

    def t(self, name: str, **values: object) -> str:
        """The same as HTML."""
        return escape(self.word(name, **values))

    def of(self, both: tuple[str, str]) -> str:
        """The one of two languages."""
        return both[self._at]

    def clock(self, at_ms: int | None) -> str:
        """An instant by the clock on the wall, to the second; nothing where it is unknown."""
        return "" if at_ms is None else local_rfc3339(at_ms, self.zone)[:19].replace("T", " ")

    def names(self, ids: Iterable[str]) -> str:
        """Zones by name."""
        return ", ".join(self.zone_names.get(one, one) for one in ids)

    def field(self, name: str) -> str:
        """The name of a field of evidence."""
        known = FIELDS.get(name) or TERMS.get(name)
        return name if known is None else self.of(known)

    def rows(self, document: Mapping[str, Any], *, but: str) -> str:
        """The fields of an object that are filled, except one, as names and values."""
        unit = _unit(document)
        return pairs(
            (self.field(name), self.value(name, value, unit))
            for name, value in document.items()
            if name != but and _is_told(name, value)
        )

    def value(self, name: str, value: Any, unit: str = "") -> str:
        """One value as HTML; `unit` is that of the quantity it belongs to."""
        if isinstance(value, dict):
            inner = [(key, one) for key, one in value.items() if _is_told(key, one)]
            unit = _unit(value, unit)
            return "; ".join(f"{escape(self.field(key))} {self.value(key, one, unit)}" for key, one in inner)
        if isinstance(value, list):
            return self._several(name, value, unit)
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.t("yes" if value else "no")
        if name.endswith("_ms"):
            return escape(self.clock(value))
        if name in ("from_min", "to_min"):
            return f"{value // 60:02}:{value % 60:02}"
        if isinstance(value, int | float):
            return escape(self._measured(name, value, unit))
        if "zone_id" in name:
            return escape(self.zone_names.get(value, value))
        if name in ("vehicle_id", "vehicle_ids"):
            return escape(self._plates.get(value, value))
        if name == "started_local":
            return escape(value[:19].replace("T", " "))
        return escape(self.state(value))

    def state(self, value: str) -> str:
        """A word that evidence or a report uses."""
        known = VALUES.get(value) or TERMS.get(value)
        return value if known is None else self.of(known)

    def _several(self, name: str, values: Sequence[Any], unit: str) -> str:
        if not values or not isinstance(values[0], dict):
            return ", ".join(self.value(name, one, unit) for one in values)
        names = list(
            dict.fromkeys(key for one in values for key, inner in one.items() if _is_told(key, inner))
        )
        rows = [
            [self.value(key, one.get(key), _unit(one, unit)) for key in names] for one in values[:_MOST_ITEMS]
        ]
        more = f"<p>… {len(values)}</p>" if len(values) > _MOST_ITEMS else ""
        return table([self.field(key) for key in names], rows) + more

    def _measured(self, name: str, value: float, unit: str) -> str:
        if name.endswith("_m"):
            return metres(value)
        if name in ("lon", "lat"):
            return f"{value:.6f}"
        if name in ("coverage", "min_coverage"):
            return f"{value:.0%}"
        if name not in _OF_A_QUANTITY:
            unit = next((unit for ending, unit in _UNITS if name.endswith(ending)), "")
        return f"{number(value, 1) if isinstance(value, float) else value} {unit}".rstrip()

    def section(self, name: str, body: str, more: str = "") -> str:
        """A part of the page under its heading."""
        title = self.t(name) + (f" <small>{escape(more)}</small>" if more else "")
        return f"<section><h2>{title}</h2>{body}</section>"


def _unit(document: Mapping[str, Any], otherwise: str = "") -> str:
    """The unit of the quantity that an object names."""
    return UNITS.get(document.get("quantity") or "", otherwise)


def _is_told(name: str, value: Any) -> bool:
    """Tell whether a field says something; that a value is not merely a lower bound goes without saying."""
    return value not in (None, [], "") and not (name == "lower_bound" and value is False)


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Names with values that are HTML already."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def note(text: str) -> str:
    """A remark of HTML; nothing where it is empty."""
    return f'<p class="note">{text}</p>' if text else ""
