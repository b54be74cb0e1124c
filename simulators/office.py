"""The demo's office: seeded people who have dealt with most of the alerts of a past, late now and then."""

import random
from collections.abc import Iterator
from uuid import UUID

from msgspec import Struct

from alerts.case_flow import Act, Found
from domain.instant import HOUR_MS, MINUTE_MS
from storage.case_acts import NewAct

UNITS = ("渣土执法中队", "市容环卫所", "工地管理科", "机动中队")
_FALSE_ALARMS = ("现场核实为误报：车辆在登记场地内作业", "终端定位漂移，与影像不符", "已有临时许可，资料补录")
_CLOSED = (
    "已责令清理并立案处罚",
    "已约谈运输企业，整改完成",
    "已罚款并通报所属企业",
    "整改到位，现场复查合格",
)
_DISPUTED = "企业提出申诉：称驾驶员按调度指令绕行"
_LEFT_ALONE = 0.04


class Deed(Struct, frozen=True, kw_only=True):
    """One act, and when (ms since 1970 UTC)."""

    at_ms: int
    act: NewAct


def deeds(alert_id: UUID, known_ms: int, *, seed: int, until_ms: int) -> Iterator[Deed]:
    """What the office has done by an instant about an alert, since it was known, in order; the same seed does the same."""
    for deed in _handled(known_ms, random.Random(f"{seed} {alert_id}")):
        if deed.at_ms > until_ms:
            return
        yield deed


def _handled(known_ms: int, rng: random.Random) -> Iterator[Deed]:
    if rng.random() < _LEFT_ALONE:
        return
    at_ms = known_ms + round(rng.expovariate(1 / 6) * MINUTE_MS)
    if rng.random() < 0.08:
        yield Deed(at_ms=at_ms, act=NewAct(act=Act.DISMISS, reason=rng.choice(_FALSE_ALARMS)))
        return
    yield Deed(at_ms=at_ms, act=NewAct(act=Act.ACKNOWLEDGE))
    at_ms += round(rng.uniform(1, 40) * MINUTE_MS)
    due_ms = at_ms + 48 * HOUR_MS
    yield Deed(at_ms=at_ms, act=NewAct(act=Act.ASSIGN, assignee=rng.choice(UNITS), default_due_ms=due_ms))
    # One in ten comes after the 24 hours that there are for it.
    at_ms = known_ms + round(rng.triangular(1, 30, 6) * HOUR_MS)
    found = rng.choices([Found.CONFIRMED, Found.NOT_CONFIRMED, Found.CANNOT_VERIFY], [85, 10, 5])[0]
    yield Deed(at_ms=at_ms, act=NewAct(act=Act.ANSWER, found=found, reason="已到现场核查"))
    at_ms += round(rng.triangular(0.5, 40, 4) * HOUR_MS)
    yield Deed(at_ms=at_ms, act=NewAct(act=Act.CLOSE, reason=rng.choice(_CLOSED)))
    if rng.random() < 0.03:
        at_ms += round(rng.uniform(2, 30) * HOUR_MS)
        yield Deed(at_ms=at_ms, act=NewAct(act=Act.DISPUTE, reason=_DISPUTED))
