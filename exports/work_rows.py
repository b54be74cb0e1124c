"""Fleet work as the lines of a file: days of vehicles, each with what it drove, worked, hauled and collected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from alerts.work_cleared import stops_of
from exports.book import Book
from exports.csv_file import Cell
from exports.violations import wall_time
from exports.words import Language
from storage.work import DayLine

DAY_COLUMNS: Mapping[str, tuple[str, str]] = {
    "day": ("Day", "日期"),
    "plate": ("Plate", "车牌"),
    "vehicle_id": ("Vehicle", "车辆编号"),
    "kind": ("Kind", "车辆类型"),
    "company": ("Company", "企业"),
    "district": ("District", "辖区"),
    "driven_km": ("Driven km", "行驶里程 km"),
    "odometer_km": ("Odometer km", "里程表 km"),
    "moving_h": ("Moving h", "行驶时长 h"),
    "engine_h": ("Engine on h", "发动机运行 h"),
    "working_km": ("Working km", "作业里程 km"),
    "rounds": ("Rounds", "作业车次"),
    "trips": ("Trips", "运输趟数"),
    "tonnes": ("Tonnes", "运输量 t"),
    "due": ("Stops due", "应收点位"),
    "served": ("Served in time", "按时收运"),
    "late": ("Served late", "超时收运"),
    "missed": ("Missed", "漏收"),
    "unknown": ("Not known", "无法判断"),
    "plan": ("Work plan", "作业计划"),
    "is_late": ("Late data", "含迟报数据"),
    "so_far_to": ("Provisional, counted up to", "暂定，截至"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "muck_truck": ("Muck truck", "渣土车"),
    "refuse_truck": ("Refuse truck", "垃圾收运车"),
    "sweeper": ("Sweeper", "洗扫车"),
    "sprinkler": ("Sprinkler", "洒水车"),
    "fog_cannon": ("Fog cannon", "雾炮车"),
    "other": ("Other", "其他"),
}


def day_header(language: Language) -> list[str]:
    """What the columns of `day_rows` are called."""
    return [names[language == "zh"] for names in DAY_COLUMNS.values()]


def day_rows(lines: Iterable[DayLine], book: Book, language: Language) -> Iterator[Sequence[Cell]]:
    """Days of vehicles in the columns of `DAY_COLUMNS`."""
    for line in lines:
        kind = book.vehicle_kind(line.vehicle_id) or ""
        due = stops_of([line]).due
        stops = (due, line.served, line.late, line.missed, line.unknown) if due else (None,) * 5
        yield (
            line.day.isoformat(),
            book.plate(line.vehicle_id),
            line.vehicle_id,
            KINDS[kind][language == "zh"] if kind in KINDS else kind,
            book.company_of(line.vehicle_id),
            book.district(line.district_id),
            _in(line.driven_m, 1000),
            _in(line.odometer_m, 1000),
            _in(line.moving_s, 3600),
            _in(line.engine_s, 3600),
            _in(line.working_m, 1000),
            line.rounds,
            line.trips if kind == "muck_truck" else None,
            None if line.tonnes is None else round(line.tonnes, 2),
            *stops,
            line.plan_id,
            (("yes", "是")[language == "zh"]) if line.is_late else "",
            "" if line.is_whole else wall_time(line.counted_ms, book.zone),
        )


def file_name(first: date, last: date, *, is_provisional: bool) -> str:
    """What the file of a span is called; provisional while one of its days runs."""
    return f"haulwatch-work-{first}-{last}{'-provisional' * is_provisional}.csv"


def _in(value: float | None, of: float) -> float | None:
    return None if value is None else round(value / of, 2)
