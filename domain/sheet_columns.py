"""The columns of the sheets of vehicles and permits: what they are called, and how their cells are read."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from domain.problem import Language
from domain.sheet import folded_heading
from domain.sheet_cells import Cell, Choice, Code, Day, Named, NamedList, Number, Plate, Text
from domain.sheet_hours import Hours

SheetSection: TypeAlias = Literal["vehicles", "permits"]


class Column(Struct, frozen=True):
    """A column: the field of the entry, its heading in English and Chinese, and other headings for the same."""

    field: str
    en: str
    zh: str
    cell: Cell
    others: tuple[str, ...] = ()

    def heading(self, language: Language) -> str:
        """The heading that a template has."""
        return self.zh if language == "zh" else self.en


KINDS = Choice(
    {
        "muck_truck": (
            "Muck truck",
            "渣土车",
            "渣土运输车",
            "工程渣土车",
            "建筑垃圾运输车",
            "自卸车",
            "自卸货车",
        ),
        "refuse_truck": ("Refuse truck", "垃圾收运车", "垃圾车", "环卫垃圾车", "压缩车", "压缩式垃圾车"),
        "sweeper": ("Sweeper", "洗扫车", "扫路车", "清扫车"),
        "sprinkler": ("Sprinkler", "洒水车"),
        "fog_cannon": ("Fog cannon", "雾炮车", "抑尘车", "多功能抑尘车"),
        "other": ("Other vehicle", "其他车辆", "其他", "其它"),
    }
)
COLORS = Choice(
    {
        "yellow": ("Yellow", "黄牌", "黄", "黄色"),
        "blue": ("Blue", "蓝牌", "蓝", "蓝色"),
        "green": ("Green", "绿牌", "绿", "绿色", "渐变绿", "渐变绿色"),
        "yellow_green": ("Yellow-green", "黄绿牌", "黄绿", "黄绿色", "黄绿双拼", "黄绿双拼色"),
        "white": ("White", "白牌", "白", "白色"),
        "black": ("Black", "黑牌", "黑", "黑色"),
        "other": ("Other", "其他牌", "其他", "其它"),
    }
)
STATUSES = Choice(
    {
        "formal": ("Formal", "正式备案", "正式", "正规", "已备案", "备案", "正常", "合规"),
        "irregular": ("Irregular", "非正规", "未备案", "不正规"),
        "suspended": ("Suspended", "停运整改", "停运", "暂停", "停用", "整改"),
    }
)

VEHICLES = (
    Column("id", "Vehicle id", "车辆编号", Text(), ("编号", "自编号", "内部编号", "id", "vehicle")),
    Column(
        "plate",
        "Plate",
        "车牌",
        Plate(),
        ("车牌号", "车牌号码", "号牌", "号牌号码", "车号", "plate number", "plate no", "license plate"),
    ),
    Column("plate_color", "Plate colour", "车牌颜色", COLORS, ("号牌颜色", "车牌种类", "plate color")),
    Column("kind", "Kind", "类型", KINDS, ("车辆类型", "车型", "车种", "车辆种类", "type", "vehicle type")),
    Column("status", "Status", "状态", STATUSES, ("备案状态", "车辆状态", "运营状态")),
    Column(
        "company_id",
        "Company",
        "企业",
        Named("companies"),
        (
            "企业名称",
            "所属企业",
            "运输企业",
            "公司",
            "公司名称",
            "所属公司",
            "运输公司",
            "单位",
            "所属单位",
            "company id",
        ),
    ),
    Column(
        "device_id",
        "Terminal",
        "终端",
        Code(),
        (
            "终端编号",
            "终端号",
            "终端id",
            "终端手机号",
            "设备",
            "设备号",
            "设备编号",
            "device",
            "device id",
            "terminal id",
        ),
    ),
    Column(
        "max_load_t",
        "Maximum load t",
        "核定载重 t",
        Number(("t", "吨")),
        ("核定载重", "核定载质量", "载重", "载重吨", "max load", "maximum load"),
    ),
    Column(
        "speed_limit_kmh",
        "Speed limit km/h",
        "限速 km/h",
        Number(("km/h", "公里/小时", "公里每小时", "码")),
        ("限速", "speed limit"),
    ),
)

PERMITS = (
    Column(
        "id",
        "Permit no.",
        "准运证号",
        Text(),
        (
            "准运证编号",
            "准运证",
            "许可证号",
            "核准证号",
            "处置证号",
            "证号",
            "证件编号",
            "编号",
            "permit",
            "permit id",
            "id",
        ),
    ),
    Column(
        "vehicle_ids",
        "Vehicles",
        "车辆",
        NamedList("vehicles"),
        ("车牌", "车牌号", "车牌号码", "号牌号码", "运输车辆", "车辆编号", "vehicle", "plate", "plates"),
    ),
    Column(
        "source_zone_ids",
        "Source sites",
        "出土工地",
        NamedList("zones", ("source_site",)),
        ("工地", "工地名称", "出土点", "起点", "项目名称", "工程名称", "source", "source site", "site"),
    ),
    Column(
        "disposal_zone_ids",
        "Disposal sites",
        "消纳场",
        NamedList("zones", ("disposal_site", "transfer_station")),
        (
            "消纳场所",
            "消纳点",
            "消纳场地",
            "卸土点",
            "卸料点",
            "终点",
            "处置场所",
            "disposal",
            "disposal site",
        ),
    ),
    Column(
        "route_ids",
        "Routes",
        "核准路线",
        NamedList("routes"),
        ("路线", "运输路线", "核定路线", "route"),
    ),
    Column(
        "valid_from",
        "Valid from",
        "有效期起",
        Day(),
        ("有效期自", "有效期开始", "起始日期", "开始日期", "生效日期", "发证日期", "from"),
    ),
    Column(
        "valid_to",
        "Valid to",
        "有效期止",
        Day(is_last=True),
        (
            "有效期至",
            "有效期截止",
            "有效期",
            "截止日期",
            "结束日期",
            "到期日期",
            "失效日期",
            "to",
            "valid until",
        ),
    ),
    Column("windows", "Hours", "时段", Hours(), ("运输时段", "运输时间", "作业时间", "准运时段", "time")),
    Column(
        "max_trip_min",
        "Longest trip min",
        "单趟最长 min",
        Number(("min", "分钟", "分")),
        ("单趟最长", "最长时间", "运输时限", "max trip"),
    ),
    Column(
        "declared_t",
        "Declared t",
        "申报量 t",
        Number(("t", "吨")),
        ("申报量", "申报吨数", "核准吨数", "核准量"),
    ),
    Column(
        "declared_m3",
        "Declared m³",
        "申报方量 m³",
        Number(("m3", "m³", "方", "立方米", "立方")),
        ("申报方量", "核准方量", "土方量", "出土量"),
    ),
    Column(
        "density_t_m3",
        "Density t/m³",
        "容重 t/m³",
        Number(("t/m3", "t/m³", "吨/方")),
        ("容重", "密度", "density"),
    ),
)

COLUMNS: Mapping[SheetSection, tuple[Column, ...]] = {"vehicles": VEHICLES, "permits": PERMITS}


def field_by_heading(section: SheetSection) -> dict[str, str]:
    """The fields of a section by every heading that is understood, folded."""
    return {
        folded_heading(heading): column.field
        for column in COLUMNS[section]
        for heading in (column.field, column.en, column.zh, *column.others)
    }
