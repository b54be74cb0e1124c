"""Each kind of rule in words, with its numbers filled in: what holds, and what ends it; in English and Chinese.

For whoever has to see why something was flagged. RULES.md is what is exact; these words are its short form.
"""

from collections.abc import Mapping

from msgspec import Struct

from domain.rule import RuleKind


class RuleWords(Struct, frozen=True, kw_only=True):
    """What holds for an alert of a rule, and when that is over."""

    holds: str
    ends: str


class _Told(Struct, frozen=True):
    """A kind in both languages; `{hold_s}` stands for the parameter of that name."""

    en: tuple[str, str]
    zh: tuple[str, str]


_TRIP_END_EN, _TRIP_END_ZH = "the trip is over", "本趟结束"

WORDS: Mapping[RuleKind, _Told] = {
    RuleKind.ILLEGAL_DUMPING: _Told(
        (
            (
                "It unloaded (body raised, load gone or weight gone) where it may not, and was not known to be empty. "
                "Without any sensor: it stood loaded for at least {dwell_s} s outside all zones, then moved on."
            ),
            "it is 200 m away",
        ),
        (
            (
                "在不得卸料处卸料（举升、由重变空或载重骤减），且此前不是空车。"
                "无传感器时：重车在所有区域之外停留不少于 {dwell_s} 秒后驶离。"
            ),
            "驶离 200 米",
        ),
    ),
    RuleKind.OFF_ROUTE: _Told(
        (
            (
                "On a trip, farther from each route of its permit than half-width and accuracy together, outside all "
                "zones, for at least {hold_s} s and 3 fixes. Major from 15 min."
            ),
            "it is back on a route for 30 s, or the trip is over",
        ),
        (
            (
                "运输途中在所有区域之外，与准运证各路线的距离均超过允许偏离与定位精度之和，"
                "持续不少于 {hold_s} 秒且不少于 3 个定位点；满 15 分钟为重要。"
            ),
            "回到路线满 30 秒，或本趟结束",
        ),
    ),
    RuleKind.OUT_OF_HOURS: _Told(
        (
            (
                "On a trip, moving outside the windows of its permit for {hold_s} s in all; "
                "halts under 10 min do not break that."
            ),
            "a window opens, it stands for 10 min, or the trip is over",
        ),
        (
            "运输途中在准运证时段之外行驶累计满 {hold_s} 秒，不足 10 分钟的停留不中断累计。",
            "进入许可时段、停留满 10 分钟，或本趟结束",
        ),
    ),
    RuleKind.NO_PERMIT: _Told(
        ("It left a source site loaded with no permit in force that names the site.", _TRIP_END_EN),
        ("重车驶出出土工地时，没有在有效期内且载明该工地的准运证。", _TRIP_END_ZH),
    ),
    RuleKind.FORBIDDEN_ZONE: _Told(
        (
            "Two successive fixes inside a no-go area; or the line between fixes runs 20 m or more through it.",
            "two successive fixes lie more than {exit_buffer_m} m outside; for a passage, the next fix outside",
        ),
        (
            "连续两个定位点在禁行区内；或相邻定位点连线穿过禁行区不少于 20 米。",
            "连续两个定位点在区外超过 {exit_buffer_m} 米；穿越则为其后第一个区外定位点",
        ),
    ),
    RuleKind.CROSS_DISTRICT: _Told(
        (
            (
                "On a trip, outside every district for at least {hold_s} s, with a permit that names no disposal site "
                "out there."
            ),
            "it is back inside, or the trip is over",
        ),
        (
            "运输途中驶出所有辖区不少于 {hold_s} 秒，而准运证未载明辖区外的消纳场。",
            "驶回辖区，或本趟结束",
        ),
    ),
    RuleKind.UNCOVERED_LOAD: _Told(
        (
            (
                "Loaded and moving with the cover open, outside source sites, disposal sites and transfer stations, "
                "for {hold_s} s in all and at least 3 reports; halts under 60 s do not break that."
            ),
            "the cover is closed, it stands for 60 s, or it is empty",
        ),
        (
            (
                "重车在工地、消纳场、转运站之外未密闭行驶，累计满 {hold_s} 秒且不少于 3 次上报，"
                "不足 60 秒的停留不中断累计。"
            ),
            "密闭、停留满 60 秒，或变为空车",
        ),
    ),
    RuleKind.OVERLOAD: _Told(
        (
            "On a trip, more than 1.05 times the load it may carry at 3 successive reports. Major from 1.3 times.",
            _TRIP_END_EN,
        ),
        ("运输途中连续 3 次上报的载重超过核定载重的 1.05 倍；达 1.3 倍为重要。", _TRIP_END_ZH),
    ),
    RuleKind.SPEEDING: _Told(
        (
            (
                "Reported speed over 1.1 times the limit for at least {hold_s} s and 2 reports. The limit is the lowest "
                "of the speed zones it is inside (left at {exit_buffer_m} m) and its own, {default_limit_kmh} km/h "
                "without either. Major from 1.5 times."
            ),
            "it is at or under the limit for 10 s",
        ),
        (
            (
                "上报速度超过限速的 1.1 倍，持续不少于 {hold_s} 秒且不少于 2 次上报。"
                "限速取所在限速区（驶出 {exit_buffer_m} 米为离开）与车辆自身限速的最低者，"
                "均无则为 {default_limit_kmh} km/h；达 1.5 倍为重要。"
            ),
            "降到限速及以下满 10 秒",
        ),
    ),
    RuleKind.UNEXPECTED_STOP: _Told(
        ("On a trip, it stood outside all zones, within 50 m, for at least {stay_s} s.", "it moves on"),
        ("运输途中在所有区域之外 50 米范围内停留不少于 {stay_s} 秒。", "再次行驶"),
    ),
    RuleKind.TRIP_OVERDUE: _Told(
        ("A trip longer than its permit allows, 180 min where it says nothing.", _TRIP_END_EN),
        ("本趟用时超过准运证规定，未规定则为 180 分钟。", _TRIP_END_ZH),
    ),
    RuleKind.WASH_SKIPPED: _Told(
        (
            (
                "It left a site that has a wash bay loaded, without a stay of {min_stay_s} s or more in or within 15 m "
                "of the bay since it came, ending within the 20 min before."
            ),
            "at once",
        ),
        (
            (
                "重车驶出设有洗车台的工地，自入场以来、出场前 20 分钟内，"
                "没有在洗车台内或其 15 米内停留 {min_stay_s} 秒以上。"
            ),
            "随即结束",
        ),
    ),
    RuleKind.MISSED_COLLECTION: _Told(
        (
            (
                "No visit of a planned stop in its window: within its radius, below 10 km/h, for its shortest stay. "
                "A window without any data counts as missed."
            ),
            "at once; a later visit that day is noted",
        ),
        (
            (
                "计划收运点在规定时段内没有到访：在其半径内、低于 10 km/h、停留达到最短时间。"
                "时段内没有数据也算漏收。"
            ),
            "随即结束；当日稍后到访会注明",
        ),
    ),
    RuleKind.DEVICE_SILENT: _Told(
        (
            "No report for {silent_s} s after one with its ignition on or moving; for 24 h after any other.",
            "the next report",
        ),
        ("点火或行驶的上报之后 {silent_s} 秒没有上报；其他情况为 24 小时。", "下一次上报"),
    ),
    RuleKind.TERMINAL_TAMPER: _Told(
        (
            "Power cut, antenna cut or shorted, or terminal removed, at 2 successive reports that carry alarms.",
            "such reports without them for 60 s",
        ),
        ("连续 2 次带报警字段的上报显示断电、天线断开或短路、终端拆除。", "此类报警消失满 60 秒"),
    ),
    RuleKind.POSITION_FAULT: _Told(
        (
            (
                "3 fixes within 10 min that cannot be true; or 20 km/h and more reported for 5 min while every fix lies "
                "within 10 m."
            ),
            "10 min without",
        ),
        (
            "10 分钟内有 3 个不可能的定位点；或连续 5 分钟上报速度不低于 20 km/h 而定位都在 10 米之内。",
            "10 分钟未再出现",
        ),
    ),
    RuleKind.SIGNAL_FAULT: _Told(
        (
            (
                "The cover open over 60 min of driving at 40 km/h and more; the body raised for 60 s at 30 km/h and more; "
                "or a weight that stays within 0.1 t for 24 h with 3 stays at sites."
            ),
            "the signal changes",
        ),
        (
            (
                "以不低于 40 km/h 行驶累计 60 分钟而顶盖一直未闭；以不低于 30 km/h 行驶 60 秒而举升；"
                "或载重 24 小时变化不超过 0.1 吨且期间在工地、消纳场停留 3 次。"
            ),
            "信号发生变化",
        ),
    ),
    RuleKind.IDENTITY_CONFLICT: _Told(
        (
            "4 changes within 10 min between two tracks more than 1 km apart under one id.",
            "30 min without",
        ),
        ("同一终端号在 10 分钟内于相距 1 公里以上的两条轨迹间交替 4 次。", "30 分钟未再出现"),
    ),
    RuleKind.SUSPECTED_DUMP_SITE: _Told(
        (
            (
                "Within {span_h} h at least {min_vehicles} vehicles unloaded or stood loaded for {stay_s} s outside all "
                "zones at places that chain together within {radius_m} m, one of them having unloaded; or 6 that only stood."
            ),
            "nothing new for 24 h",
        ),
        (
            (
                "{span_h} 小时内，至少 {min_vehicles} 辆车在所有区域之外、彼此相距 {radius_m} 米以内相连的地点"
                "卸料或重车停留 {stay_s} 秒，且其中有一辆卸料；或仅停留的车辆达 6 辆。"
            ),
            "24 小时没有新的情况",
        ),
    ),
    RuleKind.DUST_EXCEEDANCE: _Told(
        (
            (
                "The mean of an averaging window is over the station's limit, by the limit's terms (background, "
                "corrections, windows allowed a day). Major from twice the limit or 4 windows running."
            ),
            "a window that is not over (or below the value to clear), or two without a verdict",
        ),
        (
            (
                "均值时段的均值按限值条款（扣除背景、修正、每日允许次数）超过监测点限值；"
                "达限值两倍或连续 4 个时段为重要。"
            ),
            "一个时段不超标（或低于解除值），或连续两个时段无法判定",
        ),
    ),
    RuleKind.NOISE_EXCEEDANCE: _Told(
        (
            "The energy mean of the noise in an averaging window is over the station's limit.",
            "a window that is not over, or two without a verdict",
        ),
        ("均值时段的噪声能量均值超过监测点限值。", "一个时段不超标，或连续两个时段无法判定"),
    ),
    RuleKind.SENSOR_FAULT: _Told(
        (
            (
                "The same value {stuck_n} readings running; PM2.5 over 1.1 times PM10 for 10 running; a flag of fault, "
                "link, calibration, stop or maintenance for 30 min; or a particulate outside 0 to 5000 µg/m³."
            ),
            "the first reading without",
        ),
        (
            (
                "同一数值连续 {stuck_n} 次；PM2.5 连续 10 次超过 PM10 的 1.1 倍；"
                "故障、断线、校准、停机或维护标志持续 30 分钟；或颗粒物超出 0 至 5000 µg/m³。"
            ),
            "第一次恢复正常的读数",
        ),
    ),
    RuleKind.CAPPED_READINGS: _Told(
        (
            (
                "Over 7 days the readings of a particulate crowd below their maximum, as true dust does not: at least 50 "
                "in the top tenth between median and maximum, and 0.8 times as many as in the tenth below."
            ),
            "it is judged once for each local day",
        ),
        (
            (
                "7 天内某颗粒物读数异常聚集在最大值之下：中位数到最大值之间最高一成内不少于 50 个，"
                "且不少于其下一成的 0.8 倍，真实扬尘不会如此。"
            ),
            "按本地日逐日判定",
        ),
    ),
    RuleKind.STATION_SILENT: _Told(
        ("No reading for 30 min.", "the next reading"),
        ("30 分钟没有读数。", "下一次读数"),
    ),
}


def rule_templates(kind: RuleKind) -> Mapping[str, RuleWords]:
    """A kind in words by language, with `{hold_s}` where the parameter of that name stands."""
    told = WORDS[kind]
    return {
        language: RuleWords(holds=holds, ends=ends)
        for language, (holds, ends) in (("en", told.en), ("zh", told.zh))
    }


def rule_words(kind: RuleKind, params: Mapping[str, float]) -> Mapping[str, RuleWords]:
    """A rule in words by language (`en`, `zh`), with its own numbers in them."""
    numbers = {name: f"{value:g}" for name, value in params.items()}
    return {
        language: RuleWords(holds=words.holds.format_map(numbers), ends=words.ends.format_map(numbers))
        for language, words in rule_templates(kind).items()
    }
