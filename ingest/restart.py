"""After a start: the newest checkpoints, and every report stored after them folded again.

Folding twice is harmless, because findings have derived keys. What a tick found was stored together with
a checkpoint that remembers it, so no alert is left that no state knows. Of devices that are to be judged
again for late reports only the states are folded; what they find is for `ingest.late` to compare.
"""

from collections.abc import Sequence

import structlog

from alerts import engine
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.judging import Judge, Judged
from ingest.slots import ALL
from runtime.clock import monotonic_s
from storage.batch import Batch
from storage.store import Store

_log = structlog.get_logger(__name__)


async def restore(judge: Judge, store: Store, *, late: frozenset[DeviceId] = frozenset()) -> int:
    """Fill the judge with its slot's states of before; give the number of reports folded again.

    `late` are the devices that will be judged again from before their late reports.
    """
    started_s = monotonic_s()
    slot = judge.slot
    devices = None if slot == ALL else [one for one in await store.devices() if slot.has(one)]
    checkpoints = await store.load_checkpoints(devices)
    for device_id, checkpoint in checkpoints.items():
        try:
            judge.states[device_id] = engine.decode_state(checkpoint.state)
        except ValueError as error:
            _log.error(
                "checkpoint unreadable", action="checkpoint_unreadable", device=device_id, error=str(error)
            )
    judge.use(judge.timeline)
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
    return folded


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
