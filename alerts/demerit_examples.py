"""Ready-made schemes, as the documents that one would write: what is published, and a plain one to begin with.

Bands, cycle and scale of Jinan's are those of its measures of 2018 (济南日报, 2018-09-05). What one violation costs
is not in the published report, so the table in it is a proposal after Quanzhou's steps (1 to 5 points for driving
and terminals, 10 for dumping and haulage without a permit), and its name says so.
"""

from collections.abc import Mapping
from typing import Any

from domain.rule import RuleKind
from domain.station import Severity

Document = dict[str, Any]

_SEVERITIES = (Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)


def _table(costs: Mapping[RuleKind, tuple[int, int, int]]) -> Document:
    """Points by kind for minor, major and critical ones, the same for the vehicle and for its company."""
    return {
        kind.value: {
            severity.value: {"company": points, "vehicle": points}
            for severity, points in zip(_SEVERITIES, of_each, strict=True)
        }
        for kind, of_each in costs.items()
    }


STEPS = {
    RuleKind.ILLEGAL_DUMPING: (10, 10, 10),
    RuleKind.NO_PERMIT: (10, 10, 10),
    RuleKind.CROSS_DISTRICT: (3, 5, 5),
    RuleKind.FORBIDDEN_ZONE: (2, 3, 5),
    RuleKind.OFF_ROUTE: (1, 3, 5),
    RuleKind.OUT_OF_HOURS: (2, 3, 5),
    RuleKind.UNCOVERED_LOAD: (1, 3, 5),
    RuleKind.OVERLOAD: (1, 3, 5),
    RuleKind.SPEEDING: (1, 3, 5),
    RuleKind.WASH_SKIPPED: (1, 2, 3),
    RuleKind.TERMINAL_TAMPER: (3, 5, 5),
}
"""After Quanzhou's published steps: driving and terminals 1 to 5, dumping and no permit 10."""

JINAN: Document = {
    "version": 1,
    "name": {
        "zh": "济南市建筑垃圾运输企业考核记分（2018）",
        "en": "Jinan: demerits of muck haulage companies (2018)",
    },
    "source": {
        "zh": "2018年9月1日起施行，有效期5年；周期、满分与分档据《济南日报》2018-09-05。"
        "公开报道未列每项违规的分值，表中分值参照泉州（1—5分、10分），请按本地办法修改。",
        "en": "In force from 1 September 2018 for five years; cycle, scale and bands as reported by Jinan Daily on "
        "2018-09-05. The report does not give points per violation: those here follow Quanzhou's steps (1 to 5, and "
        "10); set your own.",
    },
    "cycle": {"months": 6, "first": "01-01"},
    "counting": "up",
    "counts": "standing",
    "full": {"company": 100, "vehicle": 30},
    "points": _table(STEPS),
    "bands": {
        "company": [
            {"from": 0, "grade": "excellent", "follows": "none"},
            {"from": 30, "grade": "good", "follows": "none"},
            {
                "from": 40,
                "grade": "watch",
                "follows": "watch",
                "name": {"zh": "一般（重点监管）", "en": "Watch (closely supervised)"},
            },
            {"from": 60, "grade": "poor", "follows": "blacklist", "name": {"zh": "较差（停运）", "en": "Poor (suspended)"}},
        ],
        "vehicle": [
            {"from": 0, "grade": "excellent", "follows": "none"},
            {"from": 10, "grade": "good", "follows": "none"},
            {"from": 20, "grade": "poor", "follows": "blacklist", "name": {"zh": "较差（停运）", "en": "Poor (suspended)"}},
        ],
    },
    "specials": [],
}  # fmt: skip

PLAIN: Document = {
    "version": 1,
    "name": {"zh": "通用扣分办法", "en": "Plain scheme"},
    "source": {
        "zh": "季度周期，同车同规则每日封顶10分（防止漂移重复扣分）；"
        "“一月10次”参照福州，“倾倒5次列入黑名单”参照扬州。请按本地办法修改。",
        "en": "By quarter; one rule costs a vehicle 10 points a day at most, so that drift is not punished over and "
        "over. Ten in a month after Fuzhou, blacklisted at five dumpings after Yangzhou. Set your own.",
    },
    "cycle": {"months": 3, "first": "01-01"},
    "counting": "up",
    "counts": "standing",
    "full": {"company": 100, "vehicle": 30},
    "most_a_day": {"company": 10, "vehicle": 10},
    "points": _table(STEPS),
    "bands": {
        "company": [
            {"from": 0, "grade": "excellent", "follows": "none"},
            {"from": 30, "grade": "good", "follows": "none"},
            {"from": 60, "grade": "watch", "follows": "watch"},
            {"from": 100, "grade": "poor", "follows": "blacklist"},
        ],
        "vehicle": [
            {"from": 0, "grade": "excellent", "follows": "none"},
            {"from": 6, "grade": "good", "follows": "none"},
            {"from": 15, "grade": "watch", "follows": "watch"},
            {"from": 30, "grade": "poor", "follows": "blacklist"},
        ],
    },
    "specials": [
        {
            "name": {"zh": "同车一月违规10次", "en": "Ten violations of one vehicle in a month"},
            "about": "vehicle",
            "rules": [kind.value for kind in STEPS],
            "count": 10,
            "within": "month",
            "follows": "watch",
        },
        {
            "name": {"zh": "周期内违规倾倒或无证运输5次", "en": "Five dumpings or haulages without a permit in a cycle"},
            "about": "company",
            "rules": ["illegal_dumping", "no_permit"],
            "count": 5,
            "within": "cycle",
            "follows": "blacklist",
        },
    ],
}  # fmt: skip

EXAMPLES: Mapping[str, Document] = {"plain": PLAIN, "jinan": JINAN}
"""The ready-made ones by the name that they are asked for."""
