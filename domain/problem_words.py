"""The sentences of problems by code, in English and Chinese: what is wrong, and how to mend it.

`{value}` and the like are filled in by whoever finds the problem; both languages name the same ones.
"""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # the document
    "empty_document": (
        'is empty: the least is {{"version": 1}}',
        '文件为空：至少应为 {{"version": 1}}',
    ),
    "byte_order_mark": (
        "begins with a byte order mark: save it as UTF-8 without one",
        "文件以字节顺序标记开头：请另存为不带 BOM 的 UTF-8",
    ),
    "nested_too_deeply": ("is nested too deeply", "嵌套层数过多"),
    "no_json": ("is no JSON in UTF-8: {reason}", "不是 UTF-8 编码的 JSON：{reason}"),
    "version": ("must be {version}, the only version there is", "必须为 {version}，目前只有这一种格式版本"),
    "time_zone": (
        "must be an IANA time zone such as {example}, not {value}",
        "必须为 IANA 时区，如 {example}，而不是 {value}",
    ),
    # fields
    "missing": ("is missing: add it, it has no default", "缺少此项：没有默认值，请补上"),
    "id_twice": (
        "the id {value} is already at {first}: choose another, or remove one",
        "编号 {value} 已用于 {first}：请换一个，或删除其一",
    ),
    "device_twice": (
        "the device {value} is already at {first}: choose another, or remove one",
        "终端 {value} 已用于 {first}：请换一个，或删除其一",
    ),
    "no_list": ("must be a list, not {kind}", "必须为列表，而不是{kind}"),
    "no_object": ("must be an object, not {kind}", "必须为对象，而不是{kind}"),
    "no_text": ("must be a text, not {kind}", "必须为文字，而不是{kind}"),
    "no_truth": ("must be true or false, not {kind}", "必须为 true 或 false，而不是{kind}"),
    "no_number": ("must be a number, not {kind}", "必须为数字，而不是{kind}"),
    "empty": ("must not be empty", "不能为空"),
    "not_finite": ("must be a finite number", "必须为有限的数"),
    "not_between": (
        "must lie between {lowest} and {highest}, not at {value}",
        "必须在 {lowest} 与 {highest} 之间，而不是 {value}",
    ),
    "not_positive": ("must be over 0, not {value}", "必须大于 0，而不是 {value}"),
    "negative": ("must be at least 0, not {value}", "不能小于 0，现为 {value}"),
    "not_whole": ("must be a whole number, not {value}", "必须为整数，而不是 {value}"),
    "no_part_of_day": (
        "must divide a day of 86400 s, such as 300, 900 or 3600, not {value}",
        "必须能整除一天的 86400 秒，如 300、900 或 3600，而不是 {value}",
    ),
    "unknown_word": ("must be one of {words}, not {value}", "必须为 {words} 之一，而不是 {value}"),
    "unknown": (
        "{value} is unknown: list it under $.{section}, or correct it",
        "{value} 未登记：请先登记到“{section}”，或改正",
    ),
    "other_zone_kind": (
        "the zone {value} is of another kind: name one of {kinds}",
        "区域 {value} 的类型不符：应为{kinds}",
    ),
    "too_long": (
        "must have at most {most} characters, not {length}",
        "最多 {most} 个字符，现有 {length} 个",
    ),
    "control_characters": (
        "must be without control characters, not {value}",
        "不能含控制字符，现为 {value}",
    ),
    "no_device_id": (
        "must be 1 to 64 of A-Z, a-z, 0-9, _ and -, for it names MQTT topics, not {value}",
        "须为 1 至 64 个 A-Z、a-z、0-9、_ 或 -（用于 MQTT 主题），而不是 {value}",
    ),
    "no_topic_level": (
        "must be without spaces, /, +, #, * and >, for it names MQTT topics, not {value}",
        "不能含空格、/、+、#、* 和 >（用于 MQTT 主题），现为 {value}",
    ),
    "credit_code_length": (
        "a credit code has {most} characters, this has {length}",
        "统一社会信用代码为 {most} 位，现为 {length} 位",
    ),
    "credit_code_character": (
        "a credit code has digits and capitals without I, O, S, V and Z, not {value}",
        "统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），不能有 {value}",
    ),
    "credit_code_check": (
        "the check character of this credit code should be {expected}; one of its characters is wrong",
        "统一社会信用代码的校验位应为 {expected}：其中有一位不对",
    ),
    # entries
    "missing_beside": (
        "is missing: give both lon and lat, or leave {other} out too",
        "缺少此项：经纬度须同时给出，或同时省略（另一项为 {other}）",
    ),
    "missing_speed_limit": (
        "is missing: a speed_zone needs its limit in km/h",
        "缺少此项：限速区须有限速值（km/h）",
    ),
    "ready_made_limit": (
        (
            "{value} is a ready-made limit: stations may name it without it being listed here; "
            "choose an id of your own for other terms"
        ),
        "{value} 是内置限值：监测点可直接引用，不必列在这里；条件不同时请另取编号",
    ),
    "below_from": ("must not be below `from`", "不能小于 from"),
    "unknown_param": (
        "{rule} has no such parameter; it has: {params}",
        "规则 {rule} 没有此参数；可用参数：{params}",
    ),
    "param_number": ("must be a number, 0 or more", "必须为不小于 0 的数字"),
    # times
    "no_day": (
        "names no day: leave it out for every day, or name one of {words}",
        "没有列出任何一天：每天都适用时请省略，或从 {words} 中选择",
    ),
    "ends_too_early": ("must be after valid_from", "必须晚于有效期起（valid_from）"),
    "starts_at_24": (
        'a window cannot start at 24:00: write "00:00" of the next day',
        "时段不能从 24:00 开始：请写作次日 00:00",
    ),
    "no_clock": (
        "not a time of day from 00:00 to 24:00: {value}",
        "不是 00:00 至 24:00 的时刻：{value}",
    ),
    "no_date": (
        (
            "must be a time with an offset, such as 2026-11-16T08:00:00+08:00, or a date of the calendar, "
            "such as 2026-11-16, not {value}"
        ),
        "须为日期（如 2026-11-16）或带时差的时间（如 2026-11-16T08:00:00+08:00），而不是 {value}",
    ),
    # shapes as they are written
    "missing_geometry": ("is missing: draw a GeoJSON {types}", "缺少图形：请绘制 GeoJSON {types}"),
    "missing_coordinates": (
        "is missing: a geometry has positions in degrees",
        "缺少坐标：图形须有以度为单位的坐标",
    ),
    "missing_radius": ("is missing: a Point needs a radius in metres", "缺少半径：圆形须有以米为单位的半径"),
    "other_geometry": ("must be {types} here, not {value}", "此处应为 {types}，而不是 {value}"),
    "no_position": (
        "must be a position [longitude, latitude], not {kind}",
        "须为坐标 [经度, 纬度]，而不是{kind}",
    ),
    "no_positions": ("must be a list of positions, not {kind}", "须为坐标列表，而不是{kind}"),
    "beyond_degrees": (
        "must be [longitude, latitude] within ±180 and ±90 degrees, not [{lon}, {lat}]",
        "须为 ±180 度、±90 度以内的 [经度, 纬度]，而不是 [{lon}, {lat}]",
    ),
    "swapped_degrees": (
        "must be [longitude, latitude] within ±180 and ±90 degrees, not [{lon}, {lat}]: are the two swapped?",
        "须为 ±180 度、±90 度以内的 [经度, 纬度]，而不是 [{lon}, {lat}]：是否写反了？",
    ),
    "short_line": ("a line needs at least two different positions", "线至少要有两个不同的点"),
    "no_polygon": ("a MultiPolygon needs at least one polygon", "MultiPolygon 至少要有一个多边形"),
    "no_ring": ("a polygon needs at least its outer ring", "多边形至少要有外环"),
    "short_ring": (
        "a ring needs at least four positions, the last equal to the first",
        "环至少要有四个坐标，且首尾相同",
    ),
    "open_ring": (
        "a ring must be closed: repeat its first position at the end",
        "环须闭合：请在末尾重复第一个坐标",
    ),
    "empty_ring": (
        "the ring encloses nothing: it needs three different places",
        "环没有围成面：至少要有三个不同的点",
    ),
    "crossed_ring": (
        "the ring crosses or touches itself near lon {lon}, lat {lat}: draw it again",
        "环在经度 {lon}、纬度 {lat} 附近自相交或自相接：请重新绘制",
    ),
    "crossing_hole": (
        "the hole crosses another ring near lon {lon}, lat {lat}: draw it again",
        "内孔在经度 {lon}、纬度 {lat} 附近与另一环相交：请重新绘制",
    ),
    "hole_outside": (
        "the hole lies outside the outer ring: move it in, or make it a polygon of its own",
        "内孔在外环之外：请移入外环，或另作一个多边形",
    ),
    "hole_in_hole": ("the hole lies inside another hole: remove it", "内孔在另一内孔之中：请删除"),
    "cut_in_two": (
        "the rings touch so that they cut the polygon in two: draw two polygons",
        "各环相接，把多边形分成了两块：请绘制两个多边形",
    ),
    # shapes in the plane
    "same_places": ("a line needs at least two different places", "线至少要有两个不同的位置"),
    "no_radius": ("radius_m must be a number of metres over 0", "半径须为大于 0 的米数"),
    "empty_geometry": ("the geometry is empty", "图形为空"),
    "empty_polygon": ("a polygon is empty", "多边形为空"),
    "few_places": ("a ring needs at least three different places", "环至少要有三个不同的位置"),
    "no_area": ("a polygon has no area", "多边形没有面积"),
    "invalid_polygon": (
        "{reason} near lon {lon}, lat {lat} (WGS-84)",
        "图形在经度 {lon}、纬度 {lat}（WGS-84）附近无效：{reason}",
    ),
    "no_degrees": (
        "({lon}, {lat}) is no longitude and latitude in degrees",
        "（{lon}, {lat}）不是以度为单位的经纬度",
    ),
    # sheets
    "sheet_workbook": (
        "this is a workbook: save the sheet as CSV and give that",
        "这是 Excel 工作簿：请另存为 CSV 后再导入",
    ),
    "sheet_encoding": (
        "the file is neither in UTF-8 nor in GB18030: save it as CSV in UTF-8",
        "文件既不是 UTF-8 也不是 GB18030 编码：请另存为 CSV UTF-8",
    ),
    "sheet_unreadable": ("the file is no CSV: {reason}", "文件不是 CSV：{reason}"),
    "sheet_no_header": (
        "none of the first {most} rows has headings that are known, such as {words}",
        "前 {most} 行中没有可识别的表头，如{words}",
    ),
    "sheet_column_twice": (
        "the columns {first} and {second} mean the same: remove one",
        "“{first}”与“{second}”两列含义相同：请删除其一",
    ),
    "sheet_no_rows": ("there are no rows under the headings", "表头下没有数据行"),
    "sheet_too_long": (
        "the file has {length} rows, at most {most} are taken at once: split it",
        "文件有 {length} 行，一次最多 {most} 行：请拆分",
    ),
    "more_cells": (
        "the row has more cells than there are headings: put what holds a separator in quotes",
        "单元格多于表头：含分隔符的内容请加引号",
    ),
    "no_month_day": (
        "must be a month and a day up to {last}, such as 01-01, not {value}",
        "应为月-日（日不超过 {last}），如 01-01，而不是 {value}",
    ),
    "band_from": (
        "must be at least {least}, not {value}: the first band begins at 0, each later one higher than the one before",
        "不能小于 {least}，现为 {value}：第一档从 0 分开始，以后各档依次更高",
    ),
    "row_without_id": ("the row has neither an id nor a plate", "此行没有编号，也没有车牌"),
    "row_without_number": ("the row has no permit number", "此行没有准运证号"),
    "row_twice": ("{value} is already in row {row}", "{value} 已在第 {row} 行出现"),
    "plate_of_other": (
        "the plate {value} is that of the vehicle {other}: give that id, or leave the id empty",
        "车牌 {value} 属于车辆 {other}：请填该编号，或将编号留空",
    ),
    "several": (
        "{value} may be any of {ids}: give the id",
        "{value} 对应多个：{ids}，请填编号",
    ),
    "unclear_date": (
        "the day and the month of {value} cannot be told apart: write year-month-day",
        "{value} 的日和月无法区分：请按 年-月-日 填写",
    ),
    "cell_no_date": ("{value} is no date such as 2026-01-05", "{value} 不是日期，应如 2026-01-05"),
    "cell_no_number": ("{value} is no number", "{value} 不是数字"),
    "cell_no_hours": (
        "{value} cannot be read as hours such as 22:00-06:00, or mon,sat 22:00-06:00",
        "{value} 不是时段，应如 22:00-06:00 或 周一,周六 22:00-06:00",
    ),
    "cell_unknown_word": ("{value} is none of {words}", "{value} 不在 {words} 之中"),
    # templates of bulletins
    "template_no_docx": ("is no Word document (.docx)", "不是 Word 文档（.docx）"),
    "template_too_large": ("is too large: {most} at most", "文件过大：最大 {most}"),
    "template_fetches": (
        "has a part that is fetched from elsewhere ({value}): put it into the document itself",
        "文档引用了外部内容（{value}）：请改为嵌入文档",
    ),
    "template_unknown_tag": (
        "there is no tag `{tag}`, in: {place}",
        "没有名为“{tag}”的标签，位于：{place}",
    ),
    "template_syntax": (
        "a tag cannot be read ({reason}), in: {place}",
        "标签无法识别（{reason}），位于：{place}",
    ),
    "template_failed": (
        "a tag cannot be worked out ({reason}), in: {place}",
        "标签无法计算（{reason}），位于：{place}",
    ),
    "template_torn": (
        (
            "tags do not fit together ({reason}): each {{%p if … %}} and {{%p for … %}} needs a paragraph of its own, "
            "each {{%tr for … %}} a table row of its own"
        ),
        "标签块跨越了段落或表格（{reason}）：请让 {{%p if … %}}、{{%p for … %}} 独占一段，{{%tr for … %}} 独占表格一行",
    ),
}

TERMS_ZH: Mapping[str, str] = {
    "null": "空值",
    "true or false": "真假值",
    "a number": "数字",
    "a text": "文字",
    "a list": "列表",
    "an object": "对象",
    "districts": "辖区",
    "companies": "企业",
    "vehicles": "车辆",
    "stations": "监测点",
    "devices": "终端",
    "device_models": "终端型号",
    "zones": "区域",
    "routes": "核准路线",
    "limits": "限值",
    "source_site": "出土工地",
    "disposal_site": "消纳场",
    "transfer_station": "转运站",
}
"""What is filled in by name rather than quoted."""
