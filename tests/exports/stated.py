"""Statements by hand: each part with sensible defaults, and a whole week of as many violations as one likes.

Week 46 of 2026 in Shanghai; four companies, three districts, six sites. What is given by number is the same
for the same number.
"""

from datetime import date, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.period import Period, read_period
from exports.statement import StatedAlert, StatedCase, StatedDay, StatedFleet, Statement

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = read_period("2026-W46")
"""Monday 2026-11-09 to Sunday 2026-11-15."""

FROM_MS, TO_MS = WEEK.from_ms(ZONE), WEEK.to_ms(ZONE)
STATED_MS = TO_MS + 9 * HOUR_MS

COMPANIES = (
    ("C1", "蓉城渣土运输有限公司"),
    ("C2", "锦江绿源运输"),
    ("C3", "天府建材物流"),
    ("C4", "城北清运"),
)
DISTRICTS = (("D1", "锦江区"), ("D2", "青羊区"), ("D3", "成华区"))
SITES = (
    ("P1", "锦江一号工地"), ("P2", "东大街地铁站工地"), ("P3", "青羊学府工地"),
    ("P4", "光华大道管廊工地"), ("P5", "成华理工改造工地"), ("P6", "杉板桥棚改工地"),
)  # fmt: skip
STATIONS = tuple((f"S{n + 1}", f"{name}监测点", *site) for n, (name, site) in enumerate(
    (site[1].removesuffix("工地"), site) for site in SITES
))  # fmt: skip
UNITS = ("锦江区城管局", "青羊区城管局", "成华区城管局")
LON, LAT = 104.06, 30.66

KINDS = (
    # rule, severity, how often in a hundred, what it says in Chinese and in English
    ("speeding", "minor", 30, "最高 83 km/h，限速 40 km/h", "83 km/h where 40 are allowed"),
    (
        "off_route",
        "major",
        18,
        "最远偏离 420 m，持续 12 分钟",
        "up to 420 m off its approved route for 12 min",
    ),
    ("uncovered_load", "minor", 14, "敞盖行驶 6 分钟", "moving with the cover open for 6 min"),
    ("out_of_hours", "major", 12, "时段外行驶 22 分钟", "on the move outside the hours for 22 min"),
    ("no_permit", "major", 8, "无证驶离工地", "left the site without a permit"),
    ("dust_exceedance", "major", 8, "PM10 峰值 214，限值 150 µg/m³", "PM10 peak 214, limit 150 µg/m³"),
    ("forbidden_zone", "major", 6, "在学校禁行区内", "inside the school's no-go area"),
    ("illegal_dumping", "critical", 4, "距最近消纳场 1.8 km，举升", "1.8 km from where it may; bed lifted"),
)


def alert(number: int = 1, **changes: object) -> StatedAlert:
    """The alert of a number: of one of 40 trucks (dust: of a station), at some hour of the week."""
    random = Random(number)
    rule, severity, _, zh, en = random.choices(KINDS, [kind[2] for kind in KINDS])[0]
    started_ms = FROM_MS + random.randrange(0, 7 * DAY_MS - HOUR_MS)
    place = random.randrange(len(DISTRICTS))
    fields: dict[str, object] = {
        "id": str(UUID(int=number)),
        "revision": 1,
        "rule": rule,
        "rule_id": rule,
        "ruleset_version": 3,
        "severity": severity,
        "started_ms": started_ms,
        "detected_ms": started_ms + 40_000,
        "ended_ms": started_ms + random.randrange(1, 45) * MINUTE_MS,
        "district_id": DISTRICTS[place][0],
        "district": DISTRICTS[place][1],
        "lon": round(LON + 0.03 * place + random.uniform(-0.01, 0.01), 6),
        "lat": round(LAT + random.uniform(-0.02, 0.02), 6),
        "what": {"zh": zh, "en": en},
    }
    site = SITES[place * 2 + number % 2]
    if rule == "dust_exceedance":
        station = next(one for one in STATIONS if one[2] == site[0])
        fields |= {"station_id": station[0], "station": station[1], "device_id": f"M{station[0]}"}
        fields |= {"site_id": site[0], "site": site[1]}
    else:
        # Some drivers are worse than others: the smaller numbers come up more often.
        truck = min(random.randrange(40), random.randrange(40))
        company = COMPANIES[truck % len(COMPANIES)]
        fields |= {"vehicle_id": f"V{truck}", "plate": f"川A{10000 + truck}", "device_id": f"T{truck:04}"}
        fields |= {"vehicle_kind": "muck_truck", "company_id": company[0], "company": company[1]}
        if rule in ("no_permit", "illegal_dumping", "uncovered_load"):
            fields |= {"site_id": site[0], "site": site[1]}
    return StatedAlert(**fields | changes)


def case(number: int = 1, **changes: object) -> StatedCase:
    """The case of a number: opened in the week, assigned, neither checked nor overdue."""
    opened_ms = FROM_MS + number % 7 * DAY_MS + 10 * HOUR_MS
    place = number % len(DISTRICTS)
    company = COMPANIES[number % len(COMPANIES)]
    fields: dict[str, object] = {
        "id": number,
        "state": "assigned",
        "source": "alert",
        "opened_ms": opened_ms,
        "verify_due_ms": opened_ms + DAY_MS,
        "close_due_ms": opened_ms + 3 * DAY_MS,
        "is_of_period": True,
        "is_overdue": False,
        "rule": "off_route",
        "severity": "major",
        "plate": f"川A{10000 + number % 40}",
        "company_id": company[0],
        "company": company[1],
        "district_id": DISTRICTS[place][0],
        "district": DISTRICTS[place][1],
        "assignee": UNITS[place],
        "alerts": 1,
    }
    return StatedCase(**fields | changes)


def day(day: date = WEEK.first, **changes: object) -> StatedDay:
    """A day on which everything that arrived is accounted for."""
    fields = {
        "devices": 46, "received": 120_000, "stored": 118_800, "duplicate": 900, "rejected": 300, "late": 1_400,
        "redelivered": 20, "bad_fields": 55,
    }  # fmt: skip
    return StatedDay(day=day, **fields | changes)


def fleet(kind: str = "vehicle", number: int = 0, **changes: object) -> StatedFleet:
    """The vehicles of a company, or the stations of a district, over a week."""
    id_, name = (COMPANIES if kind == "vehicle" else DISTRICTS)[number]
    devices = 10 if kind == "vehicle" else 2
    fields: dict[str, object] = {
        "kind": kind, "id": id_, "name": name, "devices": devices, "days": devices * 7,
        "days_heard": devices * 7 - number, "heard": devices, "received": devices * 20_000, "rejected": 30 * number,
        "bad_fields": 12 * number, "faulty": number % 2,
    }  # fmt: skip
    return StatedFleet(**fields | changes)


def statement(*alerts: StatedAlert, period: Period = WEEK, **changes: object) -> Statement:
    """A statement of these alerts in order of detection, with a full account and all fleets."""
    fields: dict[str, object] = {
        "timezone": "Asia/Shanghai",
        "stated_ms": period.to_ms(ZONE) + 9 * HOUR_MS,
        "registry_version": 3,
        "alerts": tuple(sorted(alerts, key=lambda one: (one.detected_ms, one.id))),
        "account": tuple(day(one) for one in period.days),
        "fleets": tuple(fleet("vehicle", n) for n in range(len(COMPANIES)))
        + tuple(fleet("station", n) for n in range(len(DISTRICTS))),
    }
    return Statement(period=period, **fields | changes)


def big_statement(n: int, seed: int = 1) -> Statement:
    """A week of `n` violations, besides some withdrawn, dismissed and found late, and a case for every fifth."""
    random = Random(seed)
    alerts, cases = [], []
    for number in range(1, n + max(1, n // 50) + 1):
        changes: dict[str, object] = {"found_late": random.random() < 0.03}
        if number > n:
            changes |= {"withdrawn": "late_data"} if number % 2 else {"case_state": "dismissed"}
        if (number % 5 == 0 or "case_state" in changes) and "withdrawn" not in changes:
            opened = case(number)
            # Of those not dismissed some are closed, some open, some over their time.
            state = changes.get("case_state") or random.choice(("closed", "closed", "answered", "assigned"))
            verified_ms = (
                None if state == "assigned" else opened.opened_ms + random.randrange(2, 30) * HOUR_MS
            )
            is_done = state in ("closed", "dismissed")
            late = state == "assigned" and opened.verify_due_ms < STATED_MS
            cases.append(
                case(number, state=state, verified_ms=verified_ms, is_overdue=late,
                     closed_ms=verified_ms + 5 * HOUR_MS if is_done and verified_ms else None)
            )  # fmt: skip
            changes |= {"case_id": opened.id, "case_state": state, "assignee": opened.assignee}
        alerts.append(alert(seed * 10_000_000 + number, **changes))
    before = case(999_999, opened_ms=FROM_MS - 5 * DAY_MS, verify_due_ms=FROM_MS - 4 * DAY_MS,
                  close_due_ms=FROM_MS - 2 * DAY_MS, is_of_period=False, is_overdue=True)  # fmt: skip
    account = tuple(day(WEEK.first + timedelta(days=at), late=random.randrange(3_000)) for at in range(7))
    return statement(*alerts, cases=(*cases, before), account=account)
