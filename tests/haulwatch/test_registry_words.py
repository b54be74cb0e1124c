"""A difference in words: every field has some, in both languages."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.difference import difference
from domain.permit import CollectionRun, Permit, RunStop
from domain.registry import SECTIONS
from domain.rule import AppliesTo, Rule
from domain.station import AqiCorrection, Limit, Station
from domain.vehicle import Company, Device, DeviceModel, Vehicle
from domain.zone import District, Route, Zone
from haulwatch.registry_words import FIELDS, Language, Words
from haulwatch.registry_words import SECTIONS as SECTION_WORDS
from tests.domain.full_registry import REMOVED
from tests.domain.test_difference import registry

ROOFED = [[119.0, 31.0], [119.1, 31.0], [119.1, 31.1], [119.05, 31.15], [119.0, 31.1], [119.0, 31.0]]

ENTRIES = (
    District,
    Company,
    Vehicle,
    Station,
    Device,
    DeviceModel,
    Zone,
    Route,
    Permit,
    CollectionRun,
    RunStop,
    Limit,
    AqiCorrection,
    Rule,
    AppliesTo,
)


def sentences(language: Language, *changes) -> list[str]:
    told = difference(registry(), registry(*changes))
    words = Words(language, ZoneInfo("Asia/Shanghai"))
    return [words.entry(one.section, entry) for one in told.sections for entry in one.entries]


def test_every_section_and_every_field_has_words():
    assert set(SECTION_WORDS) == set(SECTIONS)
    named = {name for entry in ENTRIES for name in entry.__struct_fields__} | {
        "radius_m",
        "valid_from",
        "valid_to",
    }
    assert named - {"id", "shape", "line", "validity"} <= set(FIELDS)
    assert all(zh and en and zh != en for zh, en in FIELDS.values())


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        (
            [("vehicles.0.speed_limit_kmh", 70.5)],
            "vehicle V1 苏E12345: speed limit km/h 60 → 70.5",
            "车辆 V1 苏E12345：限速 km/h 60 → 70.5",
        ),
        (
            [("vehicles.0.max_load_t", REMOVED)],
            "vehicle V1 苏E12345: greatest load t 15.5 → –",
            "车辆 V1 苏E12345：核定载重 t 15.5 → –",
        ),
        ([("limits.1", REMOVED)], "limit L2: removed", "限值 L2：删除"),
        (
            [
                (
                    "zones.append",
                    {
                        "id": "Z9",
                        "kind": "parking",
                        "name": "yard",
                        "geometry": {"type": "Point", "coordinates": [119, 31]},
                        "radius_m": 9,
                    },
                )
            ],
            "zone Z9 yard: added",
            "区域 Z9 yard：新增",
        ),
        (
            [("permits.0.valid_to", "2026-12-31"), ("permits.0.disposal_zone_ids", ["Z2"])],
            "permit P1: disposal sites −Z4; valid to 2026-12-01 00:00:00 → 2027-01-01 00:00:00",
            "准运证 P1：消纳场 −Z4；失效 2026-12-01 00:00:00 → 2027-01-01 00:00:00",
        ),
        (
            [
                ("rules.0.params.dwell_s", 300),
                ("rules.0.enabled", True),
                ("rules.0.applies_to.vehicle_ids", REMOVED),
            ],
            "rule dumping: enabled no → yes; dwell_s 240 → 300; applies to vehicles V1 → all",
            "规则 dumping：启用 否 → 是；dwell_s 240 → 300；适用 车辆 V1 → 全部",
        ),
        (
            [("limits.0.aqi_correction.subtract", 150)],
            "limit L1 DB13 PM10: AQI correction subtract 100 → 150",
            "限值 L1 DB13 PM10：AQI 修正 扣除 100 → 150",
        ),
        (
            [("collection_runs.0.stops.1.to", "08:00")],
            "collection run RUN1: stops 2 window 06:00-07:00 tue → 06:00-08:00 tue",
            "收运线路 RUN1：收运点 2 时段 06:00-07:00 tue → 06:00-08:00 tue",
        ),
        (
            [("collection_runs.0.stops.1", REMOVED)],
            "collection run RUN1: stops −2",
            "收运线路 RUN1：收运点 −2",
        ),
        (
            [("work_plans.0.km_per_year", 9500), ("work_plans.0.working_speed_kmh.to", 25)],
            "work plan W1 ring road, washing: km a year 9000 → 9500; working speed km/h to 20 → 25",
            "作业计划 W1 ring road, washing：年作业里程 km 9000 → 9500；作业速度 km/h 止 20 → 25",
        ),
        (
            [("permits.0.declared_m3", 15000)],
            "permit P1: declared m³ 12000 → 15000",
            "准运证 P1：申报方量 m³ 12000 → 15000",
        ),
        (
            [("zones.1.radius_m", 200)],
            "zone Z2: radius m 150 → 200",
            "区域 Z2：半径 m 150 → 200",
        ),
        (
            [("zones.2.geometry.coordinates", [[ROOFED]])],
            "zone Z3: shape corners 4 → 5, area 105,830,573 → 132,270,043 m², moved 1,478 m",
            "区域 Z3：形状 角点 4 → 5，面积 105,830,573 → 132,270,043 m²，移动 1,478 m",
        ),
        (
            [("zones.0.windows", REMOVED), ("zones.0.site_id", REMOVED)],
            "zone Z1 pit: site SITE-1 → –; windows 22:00-06:00 mon,sat → –",
            "区域 Z1 pit：工地 SITE-1 → –；时段 22:00-06:00 mon,sat → –",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_is_told_in_one_sentence(changes, en, zh):
    assert sentences(Language.EN, *changes) == [en]
    assert sentences(Language.ZH, *changes) == [zh]


def test_long_lists_are_cut():
    many = [{"id": f"X{n}", "kind": "sweeper"} for n in range(9)]
    before = registry(
        ("vehicles", [*many, {"id": "V1", "kind": "muck_truck"}, {"id": "V2", "kind": "refuse_truck"}])
    )
    permit = msgspec.structs.replace(before.permits[0], vehicle_ids=tuple(one.id for one in before.vehicles))
    after = msgspec.structs.replace(before, permits=(permit,))
    ((section,),) = [difference(before, after).sections]
    words = Words(Language.EN, ZoneInfo("Asia/Shanghai"))
    assert words.what(section.entries[0]) == "vehicles +V2, +X0, +X1, +X2, +X3, +X4, … 4"
