"""The shapes of what the API says about terminals of the gateways."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Instant, Shape

Protocol = Literal["jt808", "hj212"]
TerminalState = Literal["waiting", "approved", "blocked"]
CommandKind = Literal["report_interval", "locate"]


class Given(BaseModel):
    """What is sent to us: strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(Given):
    """Who a terminal is, or that it may not speak."""

    state: TerminalState
    device_id: str | None = Field(
        None, max_length=64, description="The registry's device that it is; needed to approve it"
    )
    model: str | None = Field(
        None, max_length=200, description="JT/T 808: one of `/terminals/models`; null leaves it as it is"
    )
    settings: dict[str, Any] | None = Field(
        None,
        description="HJ 212: unit, feeds, checksums, password and the like; null leaves them as they are",
    )


class NewCommand(Given):
    """Something to ask a terminal as soon as it is connected."""

    kind: CommandKind
    interval_s: int | None = Field(None, ge=1, le=3600, description="Of `report_interval`: seconds")


class TerminalItem(Shape):
    """A terminal of a gateway. Unknown is null."""

    protocol: Protocol
    terminal_id: str = Field(description="JT/T 808: its phone number without leading zeros; HJ 212: its MN")
    state: TerminalState
    device_id: str | None
    model: str | None
    settings: dict[str, Any]
    said: dict[str, Any] = Field(description="What it said of itself when it registered")
    has_code: bool = Field(description="Whether it has registered and was given a code to sign on with")
    first_seen_at: str = Instant
    last_seen_at: str = Instant
    address: str = Field(description="Where it last connected from")
    connected_at: str | None = Field(description="Since when it is connected; null where it is not")
    frames: int
    refused: int = Field(description="Its frames that were refused, whether they are still kept or not")
    refused_at: str | None
    refused_reason: str | None
    conflict_at: str | None = Field(
        description="When another last signed on with its id while it was there; the other was refused"
    )
    conflict_address: str | None
    decided_by: str | None
    decided_at: str | None


class TerminalPage(Shape):
    """One page of terminals, those heard last first; `counts` are those of all by state."""

    at: str = Instant
    counts: dict[str, int]
    items: list[TerminalItem]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class CommandItem(Shape):
    """What a terminal was asked, and what came of it."""

    id: int
    kind: CommandKind
    interval_s: int | None
    asked_by: str
    asked_at: str = Instant
    sent_at: str | None
    answered_at: str | None
    result: Literal["done", "failed", "bad_message", "not_supported", "superseded"] | None


class TerminalDetail(Shape):
    """A terminal, and what it was asked, newest first."""

    terminal: TerminalItem
    commands: list[CommandItem]


class RefusedFrame(Shape):
    """A frame that was refused, as it came."""

    id: int
    reason: str
    detail: str
    received_at: str = Instant
    hex: str = Field(description="Its bytes; `haulwatch gateway decode` reads them")


class ModelItem(Shape):
    """A model of terminal: which signals it has."""

    id: str
    name: str
    signals: list[str]


class AskedCommand(Shape):
    """The number of a command."""

    id: int
