"""After a start: the newest checkpoints, and every report stored after them folded again.

Folding twice is harmless, because findings have derived keys. What a tick found was stored together with
a checkpoint that remembers it, so no alert is left that no state knows. Of devices that are to be judged
again for late reports only the states are folded; what they find is for `ingest.late` to compare. So are
devices whose checkpoint is of another release: they are judged again from their first stored report.
"""

from collections.abc import Sequence

import structlog

from alerts import engine
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.judging import Judge, Judged
from ingest.slots import ALL
from runtime.clock import monotonic_s
from storage.batch import Batch, LateWork
from storage.store import Store

_log = structlog.get_logger(__name__)


async def restore(judge: Judge, store: Store) -> Sequence[LateWork]:
    """Fill the judge with its slot's states of before; give what is to be judged again, of any slot."""
    started_s = monotonic_s()
    slot = judge.slot
    devices = None if slot == ALL else [one for one in await store.devices() if slot.has(one)]
    await _load(judge, store, devices)
    judge.use(judge.timeline)
    # A version that became known after reports of its time, just before the end.
    if otherwise := judge.judged_otherwise():
        await store.note_late_work(otherwise)
    late_work = await store.late_work()
    late = frozenset(work.device_id for work in late_work)
    folded = 0
    async for reports in store.reports_after_checkpoints(devices):
        folded += len(reports)
        await _fold(judge, store, reports, late)
        _log.info("folding again", action="restart_progress", reports=folded)
    _log.info(
        "restored",
        action="restored",
        devices=len(judge.states),
        reports=folded,
        took_s=round(monotonic_s() - started_s, 3),
    )
    return late_work


async def _load(judge: Judge, store: Store, devices: Sequence[DeviceId] | None) -> None:
    """Decode the newest checkpoints; note the devices whose own cannot be read, to be judged again from the start."""
    unreadable: dict[DeviceId, str] = {}
    for device_id, checkpoint in (await store.load_checkpoints(devices)).items():
        try:
            judge.states[device_id] = engine.decode_state(checkpoint.state)
        except ValueError as error:
            unreadable[device_id] = str(error)
    if unreadable:
        _log.warning(
            "checkpoints unreadable, judging again",
            action="checkpoints_unreadable",
            devices=len(unreadable),
            error=next(iter(unreadable.values())),
        )
        await store.note_late_work(dict.fromkeys(unreadable, 0))


async def _fold(
    judge: Judge,
    store: Store,
    reports: Sequence[PositionReport | DustReport | BackgroundReport],
    late: frozenset[DeviceId],
) -> None:
    judged = Judged()
    for version in judge.judging(
        judged,
        [report for report in reports if isinstance(report, PositionReport)],
        [report for report in reports if isinstance(report, DustReport)],
        [report for report in reports if isinstance(report, BackgroundReport)],
    ):
        await judge.ready(version)
    findings = tuple(one for one in judged.findings if one.finding.device_id not in late)
    checkpoints = [one for one in judge.checkpoints(judged) if one.device_id not in late]
    facts = tuple(one for one in judged.facts.values() if one.device_id not in late)
    if findings or checkpoints or facts:
        await store.commit(Batch(findings=findings, checkpoints=tuple(checkpoints), facts=facts))
    judge.adopt(judged, checkpoints)
