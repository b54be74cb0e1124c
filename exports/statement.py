"""A statement: everything that a week's or month's files say, as it stood when it was issued.

Files are made of statements alone, so that one made again is the same, whatever has come since.
"""

from datetime import date

from msgspec import Struct

from domain.period import Period


class StatedAlert(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An alert of the period (detected in it) with the names of then; instants are ms since 1970 UTC.

    Company, site and plate are those of the registry version that judged it. `what` is the sentence of its
    evidence in each language; `withdrawn` the reason, None while it stands; `dismissed_because` what was said
    when its case was dismissed, in the words of whoever did ("" in statements of before this was kept).
    """

    id: str
    revision: int
    rule: str
    rule_id: str
    ruleset_version: int
    severity: str
    started_ms: int
    detected_ms: int
    ended_ms: int | None = None
    device_id: str | None = None
    vehicle_id: str | None = None
    station_id: str | None = None
    area: str | None = None
    plate: str = ""
    vehicle_kind: str | None = None
    station: str = ""
    company_id: str | None = None
    company: str = ""
    site_id: str | None = None
    site: str = ""
    district_id: str | None = None
    district: str = ""
    lon: float | None = None
    lat: float | None = None
    found_late: bool = False
    withdrawn: str | None = None
    what: dict[str, str] = {}
    case_id: int | None = None
    case_state: str | None = None
    assignee: str | None = None
    dismissed_because: str = ""

    @property
    def counts(self) -> bool:
        """Tell whether it is a violation: it stands, and nobody has dismissed its case."""
        return self.withdrawn is None and self.case_state != "dismissed"

    @property
    def subject(self) -> str:
        """Whom it is about, as the list groups: `vehicle:V1`, `station:S1`, `area:A1`, else `device:T1`."""
        if self.vehicle_id is not None:
            return f"vehicle:{self.vehicle_id}"
        if self.station_id is not None:
            return f"station:{self.station_id}"
        if self.area is not None:
            return f"area:{self.area}"
        return f"device:{self.device_id}"


class StatedCase(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A case that was opened in the period, or was open and overdue when it was stated."""

    id: int
    state: str
    source: str
    opened_ms: int
    verify_due_ms: int
    is_of_period: bool
    is_overdue: bool
    verified_ms: int | None = None
    close_due_ms: int | None = None
    closed_ms: int | None = None
    title: str = ""
    reference: str | None = None
    rule: str | None = None
    severity: str | None = None
    plate: str = ""
    station: str = ""
    company_id: str | None = None
    company: str = ""
    district_id: str | None = None
    district: str = ""
    assignee: str | None = None
    finding: str | None = None
    disputed: bool = False
    review: str | None = None
    alerts: int = 0


class StatedDay(Struct, frozen=True, kw_only=True):
    """The loss account of a local day of arrival: received = stored + duplicate + rejected.

    `bad_fields` counts optional fields that could not be believed; `devices` those that something came from.
    """

    day: date
    devices: int
    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int
    bad_fields: int


class StatedFleet(Struct, frozen=True, kw_only=True):
    """How well a company's vehicles, or a district's stations, were heard: in device-days, of those registered.

    `kind` is `vehicle` or `station`; `id` the company's or the district's. `faulty` is how many of them had a
    position fault (vehicles) or a monitor fault (stations) that stands.
    """

    kind: str
    id: str | None
    name: str
    devices: int
    days: int
    days_heard: int
    heard: int
    received: int
    rejected: int
    bad_fields: int
    faulty: int


class Statement(Struct, frozen=True, kw_only=True):
    """A period as it stood at `stated_ms`, of the whole city; number 0 is the first, later ones amend it.

    `is_provisional` is one that was not issued: of a period that runs, or is over and waits; it is kept nowhere.
    """

    period: Period
    timezone: str
    stated_ms: int
    registry_version: int
    number: int = 0
    is_provisional: bool = False
    alerts: tuple[StatedAlert, ...] = ()
    cases: tuple[StatedCase, ...] = ()
    account: tuple[StatedDay, ...] = ()
    fleets: tuple[StatedFleet, ...] = ()
