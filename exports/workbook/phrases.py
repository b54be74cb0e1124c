"""What the workbook says beyond the words that all files share, in both languages."""

from collections.abc import Mapping

from exports.words import WORDS, Language

PHRASES: Mapping[str, tuple[str, str]] = {
    "comma": (", ", "、"),
    "week_of": (
        "week {year}-W{week:02} ({first:%Y-%m-%d} to {last:%m-%d})",
        "{year}年第{week}周（{first:%m-%d} 至 {last:%m-%d}）",
    ),
    "month_of": ("month {name}", "{year}年{month}月"),
    "file_week": ("Violations of the week", "违规周报"),
    "file_month": ("Violations of the month", "违规月报"),
    "whole_city": ("whole city", "全市"),
    "issued_at": ("issued {at}", "{at} 签发"),
    "counted_at": ("counted {at}", "{at} 统计"),
    "provisional": (
        "Provisional: not issued yet. These figures may change and are not to be quoted.",
        "暂定：本期尚未签发，数据可能变化，请勿引用。",
    ),
    "provisional_short": ("PROVISIONAL", "【暂定】"),
    "none": ("None in this period.", "本期没有。"),
    "no_violation": (
        "No violations in this period. That is not the same as none committed: see the loss account.",
        "本期没有违规记录。没有记录不等于没有违规，请看“收数对账”。",
    ),
    # Names of sheets, at most 31 characters, and what stands over them.
    "summary": ("Summary", "概览"),
    "companies": ("By company", "按企业"),
    "companies_title": ("Violations by company", "按企业统计"),
    "districts": ("By district", "按辖区"),
    "districts_title": ("Violations by district", "按辖区统计"),
    "rules": ("By rule", "按规则"),
    "rules_title": ("Violations by rule", "按规则统计"),
    "subjects": ("By vehicle and station", "按车辆和监测点"),
    "subjects_title": ("Violations by vehicle and station", "按车辆和监测点统计"),
    "violations": ("Violations", "全部违规"),
    "violations_title": ("All violations", "全部违规"),
    "overdue_cases": ("Overdue cases", "超期案件"),
    "overdue_cases_title": (
        "Cases that were open and overdue when this was issued",
        "签发时未销号且已超期的案件",
    ),
    "set_aside": ("Withdrawn and late", "撤回、排除与补判"),
    "set_aside_title": (
        "Withdrawn, dismissed and found late",
        "已撤回、已排除和迟报补判的告警",
    ),
    "account": ("Loss account", "收数对账"),
    "account_title": ("Loss account: how complete the data was", "收数对账：本期数据有多完整"),
    "notes": ("Notes", "说明"),
    "notes_title": ("Notes: what counts, and where the totals tie", "说明：统计口径与合计核对"),
    "amendments": ("Amendments", "更正表"),
    "amendments_title": ("Amendments: what changed after this was issued", "更正表：签发之后的变化"),
    # Headings and tiles.
    "day": ("Day", "日期"),
    "number": ("No.", "序号"),
    "total": ("Total", "合计"),
    "count_of_violations": ("Violations", "违规数"),
    "share_of_violations": ("Share", "占比"),
    "concerned": ("Vehicles and stations concerned", "涉及车辆和监测点"),
    "not_counted_dismissed": ("Dismissed (not counted)", "已排除（不计）"),
    "not_counted_withdrawn": ("Withdrawn (not counted)", "已撤回（不计）"),
    "registered_vehicles": ("Registered vehicles", "登记车辆"),
    "registered_stations": ("Registered stations", "登记监测点"),
    "online": ("On-line rate", "在线率"),
    "of_vehicle": ("Vehicle or station", "车牌或监测点"),
    "company_or_site": ("Company or site", "企业或工地"),
    "rule_or_title": ("Rule or title", "规则或标题"),
    "due": ("Due", "期限"),
    "kind": ("Kind", "类别"),
    "vehicle": ("Vehicle", "车辆"),
    "area": ("Area", "区域"),
    "device": ("Terminal", "终端"),
    "muck_truck": ("Muck truck", "渣土车"),
    "refuse_truck": ("Refuse truck", "垃圾收运车"),
    "sweeper": ("Sweeper", "洗扫车"),
    "sprinkler": ("Sprinkler", "洒水车"),
    "fog_cannon": ("Fog cannon", "雾炮车"),
    "other": ("Other vehicle", "其他车辆"),
    "worst_rule": ("Most often", "最多的违规"),
    "link": ("Alert", "告警"),
    "alert_id": ("Alert id", "告警编号"),
    "what": ("What happened", "违规事实"),
    "lasted": ("Lasted", "持续时长"),
    "ended_when": ("Ended", "结束时间"),
    "started_when": ("Started", "开始时间"),
    "detected_when": ("Detected", "判定时间"),
    "is_ongoing": ("Ongoing", "持续中"),
    "why_listed": ("Why listed", "列入原因"),
    "dismissed_by_people": ("Dismissed on review", "人工排除"),
    "reason": ("Reason", "撤回原因"),
    "is_counted": ("Counted", "是否计入"),
    "no": ("no", "否"),
    "deadline": ("Deadline passed", "已过期限"),
    "over_by": ("Overdue by (h)", "超期（小时）"),
    "due_check": ("on-site check", "现场核查"),
    "due_close": ("closing", "销号"),
    "cases_state": ("Case state", "案件状态"),
    "cases_count": ("Cases", "案件数"),
    "tile_violations": ("Violations", "违规"),
    "tile_concerned": ("Vehicles, stations", "涉及车辆、监测点"),
    "tile_cases": ("Cases opened", "本期立案"),
    "tile_overdue": ("Overdue cases", "超期案件"),
    "tile_late": ("Found late (counted)", "迟报补判（计入）"),
    "tile_dismissed": ("Dismissed", "已排除（不计）"),
    "tile_withdrawn": ("Withdrawn", "已撤回（不计）"),
    "tile_vehicles_online": ("Vehicles on line", "车辆在线率"),
    "tile_stations_online": ("Stations on line", "监测点在线率"),
    "tile_rejected": ("Rejected reports", "拒收比例"),
    "per_day": ("Violations per day", "每日违规"),
    "per_rule": ("Violations by rule", "各类违规"),
    "per_company": ("Violations by company, the ten with most", "违规最多的十家企业"),
    "per_state": ("Cases of the period by state", "本期案件状态"),
    "of_no_company": ("(of no company)", "（不属于企业）"),
    "of_no_district": ("(outside all districts)", "（不在任何辖区内）"),
    "other_companies": ("{n} other companies", "其余 {n} 家企业"),
    # Loss account.
    "received": ("Received", "收到"),
    "stored": ("Stored", "入库"),
    "duplicate": ("Duplicate", "重复"),
    "rejected": ("Rejected", "拒收"),
    "rejected_share": ("Rejected share", "拒收比例"),
    "of_stored_late": ("Of stored, late", "其中迟报"),
    "redelivered": ("Redelivered", "重投"),
    "bad_fields": ("Bad fields", "坏字段"),
    "devices_heard": ("Devices heard", "有数据的终端"),
    "ties": ("Ties", "是否相符"),
    "per_day_account": (
        "Per day of arrival: received = stored + duplicate + rejected",
        "按到达日：收到 = 入库 + 重复 + 拒收",
    ),
    "fleets_vehicle": ("Vehicles by company", "各企业车辆"),
    "fleets_station": ("Stations by district", "各辖区监测点"),
    "devices": ("Registered", "登记数"),
    "heard": ("Heard", "有数据"),
    "device_days": ("Device-days", "应在线台日"),
    "days_heard": ("Device-days heard", "实际在线台日"),
    "faulty_vehicle": ("With a position fault", "定位异常"),
    "faulty_station": ("With a monitor fault", "监测仪故障"),
    "account_said": (
        "{received:,} reports came in: {stored} were stored, {duplicate} came twice, {rejected} were rejected.",
        "本期收到 {received:,} 条：入库 {stored}，重复 {duplicate}，拒收 {rejected}。",
    ),
    "account_nothing": ("Not one report came in during this period.", "本期没有收到任何数据。"),
    "account_not_yours": (
        "The account of the days and of vehicles is of the whole city and not part of this file.",
        "按日对账和车辆在线情况属于全市，不在本文件内。",
    ),
    "vehicles_said": (
        "Vehicles were heard on {share} of their device-days ({heard:,} of {days:,}); {silent:,} of {devices:,} were never heard.",
        "车辆在线率 {share}（{heard:,} / {days:,} 台日）；登记 {devices:,} 台，其中 {silent:,} 台全期无数据。",
    ),
    "stations_said": (
        "Stations were heard on {share} of their device-days ({heard:,} of {days:,}); {silent:,} of {devices:,} were never heard.",
        "监测点在线率 {share}（{heard:,} / {days:,} 台日）；登记 {devices:,} 个，其中 {silent:,} 个全期无数据。",
    ),
    "silence_said": (
        "What was not heard was not judged: no record of a violation is not the same as no violation.",
        "没有收到的数据无法判定：没有违规记录不等于没有违规。",
    ),
    # Notes.
    "note_file": ("This file", "本文件"),
    "note_issued": (
        "Statement of {period}, {scope}, issued {at} from version {version} of the registry. Made again it has the same contents.",
        "{period}（{scope}）期报，{at} 按登记文件第 {version} 版签发；再次导出内容不变。",
    ),
    "note_provisional": (
        "Provisional figures of {period}, {scope}, as they stood {at}, by version {version} of the registry.",
        "{period}（{scope}）暂定数据，截至 {at}，按登记文件第 {version} 版。",
    ),
    "note_changes": ("Later changes", "签发后的变化"),
    "note_changes_said": (
        "What late reports or people change after the issue never changes these sheets: it is listed on a sheet “Amendments” at the end, which is there only if something changed.",
        "签发之后因迟报数据或人工处理产生的变化，不改动各表，只列入文末的“更正表”；没有变化则没有该表。",
    ),
    "note_counts": ("What counts", "计入口径"),
    "note_counts_said": (
        "A violation is an alert that stands: it was not withdrawn, and nobody dismissed its case. Withdrawn and dismissed alerts are listed on “Withdrawn and late”.",
        "违规指有效告警：未被系统撤回，且案件未被人工排除。已撤回、已排除的告警列在“撤回、排除与补判”表。",
    ),
    "note_period": ("Which period", "归属期"),
    "note_period_said": (
        "An alert belongs to the day and period in which it was detected, cases to that in which they were opened. Overdue cases of earlier periods are listed, too.",
        "告警按判定时间归入日期和本期，案件按立案时间归入本期；以前各期仍超期的案件一并列出。",
    ),
    "note_zone": ("Time", "时间"),
    "note_zone_said": (
        "All times are local ({zone}); days run from midnight to midnight, weeks from Monday to Sunday (ISO 8601).",
        "均为当地时间（{zone}）；日从零点到零点，周从周一到周日（ISO 8601）。",
    ),
    "note_names": ("Names", "名称"),
    "note_names_said": (
        "Plate, company and site are those of the registry version by which the alert was judged.",
        "车牌、企业、工地以判定该告警时的登记文件为准。",
    ),
    "note_late": ("Found late", "迟报补判"),
    "note_late_said": (
        "Reports that a device sent late were judged when they came; what they showed counts like any other.",
        "终端迟报的数据到达后补充判定，查出的违规同样计入。",
    ),
    "note_online": ("On-line rate", "在线率"),
    "note_online_said": (
        "Device-days on which at least one report was stored, of all days of all registered devices.",
        "至少入库一条数据的台日 ÷ 全部登记终端的台日。",
    ),
    "note_rejected": ("Rejected share", "拒收比例"),
    "note_rejected_said": (
        "Reports that were refused, each kept with its reason, of all that came in. Bad fields are single values that could not be believed and were taken as unknown.",
        "被拒收的条数 ÷ 收到的条数，拒收的逐条留存原因。坏字段指不可信、按未知处理的单个字段。",
    ),
    "note_overdue": ("Overdue", "超期"),
    "note_overdue_said": (
        "A case that was open at the issue and past its on-site check (24 h) or its closing limit (working hours).",
        "签发时未销号，且已过现场核查时限（24 小时）或销号时限（工作时间）的案件。",
    ),
    "note_places": ("Coordinates", "坐标"),
    "note_places_said": (
        "WGS-84 (taken as equal to CGCS2000), degrees.",
        "WGS-84（视同 CGCS2000），单位为度。",
    ),
    "ties_title": ("Where the totals tie", "合计核对"),
    "ties_sheet": ("Sheet", "表"),
    "ties_figure": ("Figure", "数值"),
    "ties_lines": ("lines of “{sheet}”", "“{sheet}”行数"),
    "ties_total": ("total of “{sheet}”", "“{sheet}”合计"),
    "ties_total_of": ("total of “{part}” on “{sheet}”", "“{sheet}”中“{part}”合计"),
    "ties_holds": ("✓ ties", "✓ 相符"),
    "ties_not": ("✗ DOES NOT TIE", "✗ 不符"),
}

AMENDED: Mapping[str, tuple[str, str]] = {
    "amendments_said": (
        "The sheets before this one stay as they were first issued; this is what changed since.",
        "前面各表保持首次签发时的内容；以下是签发之后的变化。",
    ),
    "amended_at": ("Issued", "签发时间"),
    "gained": ("Added", "增加"),
    "lost": ("Taken out", "减少"),
    "violations_then": ("Violations then", "更正后违规数"),
    "change": ("Change", "变化"),
    "effect": ("Effect", "增减"),
    "why": ("Reason, or what was corrected", "原因或更正内容"),
    "moved_away": ("no longer of this period or district", "不再属于本期或本辖区"),
    "colon": (": ", "："),
    "semicolon": ("; ", "；"),
}

REASONS: Mapping[str, str] = {
    "reports that came late contradict it": "迟报数据与之矛盾",
    "later reports contradict it": "后续数据与之矛盾",
    "the ruleset now in force does not show it": "按现行规则不成立",
    "a background value came late": "背景值迟到",
    "one fault with the alert before it": "与前一告警属同一故障",
    "two devices on one id, not one at fault": "属两台终端共用一个编号，并非该终端故障",
}
"""Why the engine withdraws alerts, in Chinese."""


def said(name: str, language: Language, /, **values: object) -> str:
    """A phrase, else a word of all files, with its values filled in; raises KeyError for neither."""
    pair = PHRASES.get(name) or AMENDED.get(name) or WORDS[name]
    return pair[language == "zh"].format(**values)


def reason(withdrawn: str, language: Language) -> str:
    """Why an alert was withdrawn; a reason that is not known stays as it is."""
    return REASONS.get(withdrawn, withdrawn) if language == "zh" else withdrawn
