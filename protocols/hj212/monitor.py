"""What is set for one monitor, because frames do not say it or say it wrongly."""

import re
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from domain.quantity import Quantity
from protocols.hj212.checksum import Checksum

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
Seconds = Annotated[int, Meta(ge=1, le=86_400)]


class Unit(StrEnum):
    """The unit in which a monitor sends particulates; published frames show all three."""

    MICROGRAM = "ug"
    MILLIGRAM = "mg"
    NANOGRAM = "ng"


class Feed(StrEnum):
    """The command whose values are judged: readings, minute means or hourly means."""

    READINGS = "2011"
    MINUTES = "2051"
    HOURS = "2061"


class Stamp(StrEnum):
    """What DataTime says of a mean: where its interval starts, as the standard has it, or where it ends."""

    START = "start"
    END = "end"


class MonitorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one monitor; the defaults are the standard's, and µg/m³.

    `reading_s`, `minute_s`: seconds between readings (2011), and that a "minute" mean (2051) stands for.
    `names`: names of the monitor's own, and the quantity of each. `password`: what PW has to say, if anything.
    """

    unit: Unit = Unit.MICROGRAM
    feeds: Feed = Feed.READINGS
    reading_s: Seconds = 60
    minute_s: Seconds = 60
    stamped: Stamp = Stamp.START
    names: dict[str, Quantity] = {}
    checksums: tuple[Checksum, ...] = ()
    password: str | None = None
    is_always_answered: bool = False

    def takes(self, checksum: Checksum) -> bool:
        """Whether a frame with this form of the checksum is read."""
        return checksum is Checksum.STANDARD or checksum in self.checksums


def decode_settings(settings: dict[str, Any]) -> MonitorSettings:
    """Read a device's settings; raises ValueError that names the key."""
    return msgspec.convert(settings, MonitorSettings)


def is_monitor_name(text: str) -> bool:
    """Whether a text may be an MN: the standard has 24 characters, devices have others."""
    return _NAME.fullmatch(text) is not None
