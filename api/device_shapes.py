"""The shapes of what the API says about devices. Counts over everything stand beside the lines shown."""

from typing import Literal

from pydantic import Field

from api.device_state import DeviceState
from api.schemas import Instant, Shape


class DeviceItem(Shape):
    """A device of the registry and how it is. Unknown is null."""

    device_id: str
    kind: Literal["vehicle", "station"]
    subject_id: str = Field(description="The vehicle or station that carries it")
    label: str = Field(description="Its plate or name")
    plate_color: str | None
    state: DeviceState
    heard_at: str | None = Field(description="When something of it arrived last; null where nothing ever did")
    time: str | None = Field(description="Device time of its newest report")
    online: bool | None = Field(description="What the broker says of its connection, where it says so")


class DevicePage(Shape):
    """One page of devices, longest silent first; `counts` are those of all of them by state."""

    at: str = Instant
    counts: dict[str, int]
    total: int
    items: list[DeviceItem]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class LossDayItem(Shape):
    """One local day of arrival over all devices: received = stored + duplicate + rejected."""

    day: str = Field(examples=["2026-11-16"])
    devices: int = Field(description="Of how many devices something arrived")
    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int


class LossDays(Shape):
    """The loss account by day, newest first; days on which nothing arrived are left out."""

    at: str = Instant
    first: str
    last: str
    items: list[LossDayItem]


class BadFieldItem(Shape):
    """How often a field of a device could not be read on a local day of arrival."""

    device_id: str
    day: str
    field: str
    count: int


class BadFieldList(Shape):
    """The most frequent bad fields; `lines` and `total` count all of them."""

    at: str = Instant
    first: str
    last: str
    lines: int
    total: int
    items: list[BadFieldItem]


class UnknownDeviceItem(Shape):
    """A device that reports and is not in the registry."""

    device_id: str
    count: int = Field(description="Its refused messages that are still kept")
    first_at: str = Instant
    last_at: str = Instant


class UnknownDeviceList(Shape):
    """The unknown devices seen last; `devices` and `messages` count all of them."""

    at: str = Instant
    devices: int
    messages: int
    items: list[UnknownDeviceItem]


class NoisyItem(Shape):
    """A subject with its alerts; `rule` is the one that it has most of."""

    kind: Literal["vehicle", "station", "area", "device"]
    subject_id: str
    alerts: int
    withdrawn: int
    rule: str


class NoisyList(Shape):
    """The subjects with most alerts; `subjects` and `total` count all of them."""

    at: str = Instant
    since: str = Instant
    subjects: int
    total: int
    items: list[NoisyItem]
