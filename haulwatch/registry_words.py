"""The difference of two registries in words, a sentence an entry, in Chinese and English."""

import re
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.difference import Act, EntryDifference, FieldChange, ShapeChange
from domain.entry_fields import Plain
from domain.instant import EPOCH, from_rfc3339
from domain.shape_size import ShapeSize


class Language(StrEnum):
    """The languages there are."""

    ZH = "zh"
    EN = "en"


SECTIONS = {
    "districts": ("辖区", "district"),
    "companies": ("企业", "company"),
    "vehicles": ("车辆", "vehicle"),
    "stations": ("监测点", "station"),
    "devices": ("终端", "device"),
    "device_models": ("终端型号", "device model"),
    "zones": ("区域", "zone"),
    "routes": ("核准路线", "route"),
    "permits": ("准运证", "permit"),
    "collection_runs": ("收运线路", "collection run"),
    "work_plans": ("作业计划", "work plan"),
    "limits": ("限值", "limit"),
    "rules": ("规则", "rule"),
}

FIELDS = {
    "timezone": ("时区", "time zone"),
    "name": ("名称", "name"),
    "plate": ("车牌", "plate"),
    "plate_color": ("车牌颜色", "plate colour"),
    "kind": ("类型", "kind"),
    "status": ("状态", "status"),
    "uscc": ("统一社会信用代码", "credit code"),
    "company_id": ("企业", "company"),
    "device_id": ("终端", "device"),
    "site_id": ("工地", "site"),
    "district_id": ("辖区", "district"),
    "background_area_id": ("背景值区域", "background area"),
    "lon": ("经度", "longitude"),
    "lat": ("纬度", "latitude"),
    "protocol": ("协议", "protocol"),
    "model_id": ("型号", "model"),
    "settings": ("设置", "settings"),
    "signals": ("信号", "signals"),
    "crs": ("坐标系", "coordinate system"),
    "speed_limit_kmh": ("限速 km/h", "speed limit km/h"),
    "max_load_t": ("核定载重 t", "greatest load t"),
    "radius_m": ("半径 m", "radius m"),
    "half_width_m": ("允许偏离 m", "half-width m"),
    "windows": ("时段", "windows"),
    "window": ("时段", "window"),
    "valid_from": ("生效", "valid from"),
    "valid_to": ("失效", "valid to"),
    "vehicle_ids": ("车辆", "vehicles"),
    "vehicle_kinds": ("车辆类型", "vehicle kinds"),
    "vehicle_id": ("车辆", "vehicle"),
    "company_ids": ("企业", "companies"),
    "district_ids": ("辖区", "districts"),
    "station_ids": ("监测点", "stations"),
    "source_zone_ids": ("出土工地", "source sites"),
    "disposal_zone_ids": ("消纳场", "disposal sites"),
    "route_ids": ("核准路线", "routes"),
    "limit_ids": ("限值", "limits"),
    "max_trip_min": ("最长运输 min", "longest trip min"),
    "declared_t": ("申报量 t", "declared t"),
    "declared_m3": ("申报方量 m³", "declared m³"),
    "density_t_m3": ("容重 t/m³", "density t/m³"),
    "vehicle_kind": ("车辆类型", "vehicle kind"),
    "zone_ids": ("区域", "zones"),
    "year": ("年度", "year"),
    "rounds_per_day": ("每日车次", "rounds a day"),
    "km_per_year": ("年作业里程 km", "km a year"),
    "working_speed_kmh": ("作业速度 km/h", "working speed km/h"),
    "from_kmh": ("起", "from"),
    "to_kmh": ("止", "to"),
    "days": ("日期", "days"),
    "stops": ("收运点", "stops"),
    "min_stay_s": ("最短停留 s", "shortest stay s"),
    "quantity": ("监测量", "quantity"),
    "window_s": ("均值时段 s", "averaging window s"),
    "limit": ("限值", "limit"),
    "enabled": ("启用", "enabled"),
    "clear_below": ("恢复值", "clear below"),
    "severity": ("级别", "severity"),
    "minus_background": ("扣除背景值", "minus background"),
    "background_cap": ("背景值上限", "background cap"),
    "aqi_correction": ("AQI 修正", "AQI correction"),
    "from_aqi": ("起", "from"),
    "to_aqi": ("止", "to"),
    "subtract": ("扣除", "subtract"),
    "stage": ("施工阶段", "stage"),
    "exceedances_allowed_per_day": ("每日允许超标", "exceedances allowed a day"),
    "min_coverage": ("最低有效率", "least coverage"),
    "applies_to": ("适用", "applies to"),
    "params": ("参数", "parameter"),
}

TEXTS = {
    "added": ("新增", "added"),
    "removed": ("删除", "removed"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "all": ("全部", "all"),
    "shape": ("形状", "shape"),
    "corners": ("角点", "corners"),
    "area": ("面积", "area"),
    "length": ("长度", "length"),
    "moved": ("移动", "moved"),
    "redrawn": ("重绘", "drawn anew"),
}

_STOP = re.compile(r"stops\[(.*)\]\.([a-z_]+)", re.DOTALL)
_LONGEST_LIST = 6
_NOTHING = "–"


class Words:
    """Says differences in one language, with times of one zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._at = 0 if language is Language.ZH else 1
        self._zone = zone
        self._comma, self._clause, self._colon = ("，", "；", "：") if self._at == 0 else (", ", "; ", ": ")

    def section(self, name: str) -> str:
        """What one entry of a section is called."""
        return SECTIONS[name][self._at]

    def entry(self, section: str, entry: EntryDifference) -> str:
        """One sentence about an entry."""
        label = f" {entry.label}" if entry.label and entry.label != entry.id else ""
        who = f"{self.section(section)} {entry.id}{label}"
        return f"{who}{self._colon}{self.what(entry)}"

    def what(self, entry: EntryDifference) -> str:
        """What became of an entry, without saying which it is."""
        if entry.act is not Act.CHANGED:
            return self._text(entry.act.value)
        shape = [] if entry.shape is None or _is_resized_circle(entry.shape) else [self._shape(entry.shape)]
        return self._clause.join(
            [*(self.field(change) for change in entry.fields if _is_news(change, entry)), *shape]
        )

    def field(self, change: FieldChange) -> str:
        """One field: what it is called, and its old and new value."""
        return f"{self._label(change.path)} {self._change(change)}"

    def _text(self, name: str) -> str:
        return TEXTS[name][self._at]

    def _label(self, path: str) -> str:
        stop = _STOP.fullmatch(path)
        if stop is not None:
            return f"{FIELDS['stops'][self._at]} {stop[1]} {self._label(stop[2])}"
        first, _, rest = path.partition(".")
        known = FIELDS.get(first)
        if first in {"params", "settings", "signals"}:
            return rest or path  # names of the document itself
        label = path if known is None else known[self._at]
        return f"{label} {self._label(rest)}" if rest else label

    def _change(self, change: FieldChange) -> str:
        old, new = change.old, change.new
        if isinstance(old, tuple) and isinstance(new, tuple) and old and new:
            return self._list_change(old, new)
        is_whom = change.path.startswith("applies_to.")
        return f"{self._value(change.path, old, is_whom)} → {self._value(change.path, new, is_whom)}"

    def _list_change(self, old: tuple[str, ...], new: tuple[str, ...]) -> str:
        parts = [f"+{name}" for name in new if name not in old] + [
            f"−{name}" for name in old if name not in new
        ]
        more = len(parts) - _LONGEST_LIST
        shown = self._comma.join(parts[:_LONGEST_LIST])
        return shown if more <= 0 else f"{shown}{self._comma}… {more}"

    def _value(self, path: str, value: Plain | None, is_whom: bool) -> str:
        match value:
            case None:
                return self._text("all") if is_whom else _NOTHING
            case bool():
                return self._text("yes" if value else "no")
            case int() | float():
                return f"{value:.10g}"
            case tuple():
                shown = self._comma.join(value[:_LONGEST_LIST])
                more = len(value) - _LONGEST_LIST
                return (shown or _NOTHING) if more <= 0 else f"{shown}{self._comma}… {more}"
            case str():
                return self._instant(value) if path in {"valid_from", "valid_to"} else (value or _NOTHING)

    def _instant(self, written: str) -> str:
        try:
            return local_text(from_rfc3339(written), self._zone)
        except (ValueError, OverflowError):
            return written

    def _shape(self, change: ShapeChange) -> str:
        parts = [self._size(change.old, change.new)]
        if change.moved_m is not None and round(change.moved_m) > 0:
            parts.append(f"{self._text('moved')} {change.moved_m:,.0f} m")
        said = self._comma.join(part for part in parts if part)
        return f"{self._text('shape')} {said or self._text('redrawn')}"

    def _size(self, old: ShapeSize, new: ShapeSize) -> str:
        parts = []
        if old.kind != new.kind:
            parts.append(f"{old.kind} → {new.kind}")
        if old.corners != new.corners:
            parts.append(f"{self._text('corners')} {old.corners} → {new.corners}")
        for name, before, after, unit in (
            ("area", old.area_m2, new.area_m2, "m²"),
            ("length", old.length_m, new.length_m, "m"),
        ):
            if before is not None and after is not None and round(before) != round(after):
                parts.append(f"{self._text(name)} {before:,.0f} → {after:,.0f} {unit}")
        return self._comma.join(parts)


def local_text(time_ms: int, zone: ZoneInfo) -> str:
    """An instant by the clock on the wall there, to the second."""
    return datetime.fromtimestamp(time_ms / 1000, EPOCH.tzinfo).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _is_news(change: FieldChange, entry: EntryDifference) -> bool:
    """Of a stop that came or went, its id says enough."""
    stop = _STOP.fullmatch(change.path)
    if stop is None:
        return True
    ids = next((field for field in entry.fields if field.path == "stops"), None)
    if ids is None:
        return True
    both = [set(side) if isinstance(side, tuple) else set() for side in (ids.old, ids.new)]
    return stop[1] in both[0] & both[1]


def _is_resized_circle(change: ShapeChange) -> bool:
    """Its radius, which is a field, says enough."""
    return {change.old.kind, change.new.kind} == {"circle"} and round(change.moved_m or 0) == 0
