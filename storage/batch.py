"""What one transaction stores, and what it says back."""

from msgspec import Struct

from alerts.facts import Fact
from alerts.finding import Finding
from domain.identifiers import AreaId, DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport, Rejection, StatusReport


class JudgedFinding(Struct, frozen=True, kw_only=True):
    """A finding with the version of the ruleset that judged it."""

    finding: Finding
    ruleset_version: int
    found_late: bool = False


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A device's encoded state after its newest judged report, whose order key it repeats.

    `judged_time_ms` is None before the first report.
    """

    device_id: DeviceId
    judged_time_ms: int | None
    judged_seq: int | None
    judged_digest: bytes | None
    ruleset_version: int
    state: bytes


class LateWork(Struct, frozen=True, kw_only=True):
    """A device of which late reports are stored, and since when (device time, ms) it is to be judged again.

    `revision` rises with every late report that is noted.
    """

    device_id: DeviceId
    since_ms: int
    revision: int


class FactsAgain(Struct, frozen=True, kw_only=True):
    """What judging a device's reports again told: it replaces what reports after `after_ms` (None: any) had told."""

    device_id: DeviceId
    after_ms: int | None
    facts: tuple[Fact, ...]


class Batch(Struct, frozen=True, kw_only=True):
    """Everything one transaction stores.

    `late` holds the keys (device, time, digest) of reports that came after a newer one was judged.
    `redelivered` counts, by key, the reports whose message the broker marked as delivered before: one
    that is stored already then counts as neither received nor duplicate. `counted_elsewhere` are areas whose
    background values another slot counts; here they are stored so as not to be lost to ours. `redelivered_rejections`
    are rejections of such messages: stored and counted only where no equal one is stored yet.
    `late_done` is work that the findings and checkpoints of this batch finish: the device's checkpoints
    from then on are dropped for those given here. `facts` holds the last word on each.
    """

    positions: tuple[PositionReport, ...] = ()
    dust: tuple[DustReport, ...] = ()
    background: tuple[BackgroundReport, ...] = ()
    counted_elsewhere: frozenset[AreaId] = frozenset()
    statuses: tuple[StatusReport, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    redelivered_rejections: tuple[Rejection, ...] = ()
    late: frozenset[tuple[str, int, bytes]] = frozenset()
    redelivered: dict[tuple[str, int, bytes], int] = {}
    findings: tuple[JudgedFinding, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    late_done: tuple[LateWork, ...] = ()
    facts: tuple[Fact, ...] = ()
    facts_again: tuple[FactsAgain, ...] = ()


class Committed(Struct, frozen=True, kw_only=True):
    """What a committed batch amounted to, by element; `changes` are the numbers of new alert changes.

    `late_work` holds all late work of the devices of which this batch stored a late report.
    """

    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int
    changes: tuple[int, ...] = ()
    late_work: tuple[LateWork, ...] = ()
