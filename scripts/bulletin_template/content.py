"""What the ready-made bulletin says, section by section, in both languages."""

from scripts.bulletin_template.paper import Column, Paper

MOST_OFFENDERS = 20


def write(paper: Paper) -> None:
    """Write the whole template."""
    _head(paper)
    for section in (
        _overview, _rules, _companies, _districts, _offenders, _hot_spots, _dust, _cases, _data, _amendments,
    ):  # fmt: skip
        section(paper)
    _foot(paper)


def _head(paper: Paper) -> None:
    say = paper.say
    paper.tag("if organ")
    paper.text("{{ organ }}", "Organ")
    paper.text("{{ issue }}", "Issue")
    paper.tag("endif")
    paper.text("{{ title }}", "Title")
    issue = say("{% if not organ %}{{ issue }} · {% endif %}", "{% if not organ %}{{ issue }}　{% endif %}")
    paper.text(f"{issue}{say('{{ period[0]|upper }}{{ period[1:] }}', '{{ period }}')}", "Subtitle")
    paper.tag("if within")
    paper.text(say("Districts: {{ within }}", "范围：{{ within }}"))
    paper.tag("endif")


def _overview(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Overview", "总体情况"))
    paper.tag("for sentence in summary")
    paper.text("{{ sentence }}")
    paper.tag("endfor")
    paper.tag("if font_notice")
    paper.text("{{ font_notice }}", "Warning")
    paper.tag("endif")
    paper.tag("if violations.n")
    paper.picture("charts.by_day", say("Violations a day, by severity", "逐日违规情况（按级别）"))
    paper.tag("endif")
    paper.table(
        say("Violations by severity", "违规级别情况"),
        "row in severities",
        [
            Column(
                head=say("Severity", "级别"),
                tag="{{ row.name }}",
                width_mm=34,
                total=say("All", "合计"),
                is_text=True,
            ),
            *_figures(paper, total="violations"),
            Column(
                head=say("Share", "占比"), tag="{{ row.share }}", width_mm=24, total="{{ violations.share }}"
            ),
        ],
    )


def _rules(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Kinds of violations", "违规类型情况"))
    paper.tag("if rules")
    paper.picture("charts.by_rule", say("The commonest kinds", "主要违规类型"))
    paper.table(
        say("Violations by kind", "各类违规情况"),
        "row in rules",
        [
            Column(
                head=say("Kind", "违规类型"),
                tag="{{ row.name }}",
                width_mm=38,
                total=say("All", "合计"),
                is_text=True,
            ),
            *_figures(paper, total="violations"),
            *_severities(paper, total="violations"),
        ],
    )
    _else_none(paper)


def _companies(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Companies", "运输企业排名"))
    paper.tag("if companies")
    paper.tag("if violations.n")
    paper.picture(
        "charts.companies",
        say("Violations of the companies ranked first, by severity", "违规靠前的企业（按级别）"),
    )
    paper.tag("endif")
    paper.table(
        say(
            "Companies, by critical and major violations together, then by all",
            "企业违规排名（先按紧急、重要合计，再按违规总数）",
        ),
        "row in companies",
        [
            Column(head=say("Rank", "名次"), tag="{{ row.rank }}", width_mm=11),
            Column(head=say("Company", "企业"), tag="{{ row.name }}", width_mm=56, is_text=True),
            Column(head=say("Vehicles", "登记车辆"), tag="{{ row.vehicles }}", width_mm=18),
            Column(head=say("Total", "违规"), tag="{{ row.n }}", width_mm=18),
            Column(head=say("Critical and major", "紧急和重要"), tag="{{ row.serious }}", width_mm=17),
            Column(head=say("+/−", "较上期"), tag="{{ row.change }}", width_mm=15),
            Column(head=say("Each vehicle", "每车违规"), tag="{{ row.per_vehicle }}", width_mm=15),
            Column(head=say("Rank by that", "每车名次"), tag="{{ row.rank_per_vehicle }}", width_mm=14),
            Column(head=say("On line", "上线率"), tag="{{ row.online }}", width_mm=20),
        ],
    )
    paper.tag("if companies_none")
    paper.text(
        say(
            "{{ companies_none }} violations are of no company known.",
            "另有{{ companies_none }}起违规未能对应到企业。",
        ),
        "Note",
    )
    paper.tag("endif")
    _else_none(paper)


def _districts(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Districts", "辖区排名"))
    paper.tag("if districts")
    paper.table(
        say(
            "Districts, by critical and major violations together, then by all",
            "辖区违规排名（先按紧急、重要合计，再按违规总数）",
        ),
        "row in districts",
        [
            Column(head=say("Rank", "名次"), tag="{{ row.rank }}", width_mm=13),
            Column(head=say("District", "辖区"), tag="{{ row.name }}", width_mm=34, is_text=True),
            Column(head=say("Total", "违规"), tag="{{ row.n }}", width_mm=19),
            *_severities(paper),
            Column(head=say("+/−", "较上期"), tag="{{ row.change }}", width_mm=16),
            Column(head=say("Monitors on line", "监测点上线率"), tag="{{ row.online }}", width_mm=20),
        ],
    )
    paper.tag("if districts_none")
    paper.text(
        say(
            "{{ districts_none }} violations are of no district.",
            "另有{{ districts_none }}起违规不在任何辖区内。",
        ),
        "Note",
    )
    paper.tag("endif")
    _else_none(paper)


def _offenders(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Repeated offenders", "屡次违规车辆"))
    paper.tag("if offenders")
    paper.table(
        say("Vehicles that offended repeatedly", "屡次违规车辆"),
        f"row in offenders[:{MOST_OFFENDERS}]",
        [
            Column(head=say("No.", "序号"), tag="{{ row.number }}", width_mm=13),
            Column(head=say("Plate", "车牌"), tag="{{ row.plate }}", width_mm=26),
            Column(head=say("Company", "企业"), tag="{{ row.company }}", width_mm=40, is_text=True),
            Column(head=say("Total", "违规"), tag="{{ row.n }}", width_mm=18),
            Column(head=say("+/−", "增减"), tag="{{ row.change }}", width_mm=14),
            Column(head=say("Kinds", "违规类型"), tag="{{ row.rules }}", width_mm=52, is_text=True),
            Column(head=say("The same as before", "再犯"), tag="{{ row.again }}", width_mm=28, is_text=True),
        ],
    )
    paper.tag(f"if offenders|length > {MOST_OFFENDERS}")
    paper.text(
        say(
            f"{{{{ offenders|length - {MOST_OFFENDERS} }}}} more are in the workbook of the period.",
            f"其余{{{{ offenders|length - {MOST_OFFENDERS} }}}}辆见本期工作簿。",
        ),
        "Note",
    )
    paper.tag("endif")
    _else_none(paper)


def _hot_spots(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Where violations recur", "违规多发点位"))
    paper.tag("if hot_spots")
    paper.tag("if charts.map")
    paper.picture("charts.map", say("Where violations recur", "违规多发点位分布"))
    paper.tag("endif")
    paper.table(
        say("Places where violations recur", "违规多发点位"),
        "row in hot_spots[:20]",
        [
            Column(head=say("No.", "编号"), tag="{{ row.number }}", width_mm=13),
            Column(head=say("Place", "位置"), tag="{{ row.place }}", width_mm=36, is_text=True),
            Column(head=say("District", "辖区"), tag="{{ row.district }}", width_mm=20, is_text=True),
            Column(
                head=say("Lon, lat (WGS-84)", "经纬度"),
                tag="{{ row.lon }}, {{ row.lat }}",
                width_mm=26,
            ),
            Column(head=say("Total", "违规"), tag="{{ row.n }}", width_mm=18),
            Column(head=say("+/−", "增减"), tag="{{ row.change }}", width_mm=14),
            Column(head=say("Vehicles", "车辆"), tag="{{ row.vehicles }}", width_mm=20),
            Column(head=say("Days", "天数"), tag="{{ row.days }}", width_mm=12),
            Column(head=say("Kinds", "违规类型"), tag="{{ row.rules }}", width_mm=50, is_text=True),
        ],
    )
    _else_none(paper)


def _dust(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Dust at sites", "工地扬尘超标情况"))
    paper.tag("if dust")
    paper.table(
        say("Hours over a dust limit", "工地扬尘超标时长"),
        "row in dust",
        [
            Column(head=say("No.", "序号"), tag="{{ row.number }}", width_mm=11),
            Column(head=say("Site", "工地"), tag="{{ row.name }}", width_mm=50, is_text=True),
            Column(head=say("District", "辖区"), tag="{{ row.district }}", width_mm=26, is_text=True),
            Column(head=say("Times", "超标次数"), tag="{{ row.alerts }}", width_mm=20),
            Column(head=say("Hours", "超标时长（小时）"), tag="{{ row.hours }}", width_mm=22),
            Column(head=say("Hours before", "上期（小时）"), tag="{{ row.before }}", width_mm=22),
        ],
    )
    _else_none(paper)


def _cases(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Cases", "案件办理情况"))
    paper.text(
        say(
            "{{ cases.opened }} cases were opened{% if compared %} (the period before: {{ cases.before }}){% endif %}: {{ cases.closed }} closed, "
            "{{ cases.open }} open, {{ cases.dismissed }} dismissed. Overdue: {{ cases.overdue }}, of these "
            "{{ cases.carried }} from earlier periods. Disputed: {{ cases.disputed }}.",
            "本期立案{{ cases.opened }}件{% if compared %}（上期{{ cases.before }}件）{% endif %}，已销号{{ cases.closed }}件，"
            "未结{{ cases.open }}件，排除{{ cases.dismissed }}件；超期{{ cases.overdue }}件"
            "（其中前期遗留{{ cases.carried }}件），申诉{{ cases.disputed }}件。",
        )
    )
    _rates(paper, say("Answered and closed in time", "按期核查和销号"), "response")


def _data(paper: Paper) -> None:
    say = paper.say
    paper.heading(say("Devices and data", "设备在线与数据质量"))
    paper.picture("charts.rates", say("Rates", "各项指标"))
    _rates(paper, say("Devices on line, and how good their data was", "设备在线与数据质量"), "rates")
    paper.tag("if arrivals")
    paper.text(
        say(
            "{{ arrivals.received }} reports were received: {{ arrivals.stored }} stored, {{ arrivals.duplicate }} "
            "came twice, {{ arrivals.rejected }} were refused; {{ arrivals.late }} were late."
            "{% if arrivals.silent %} Nothing was received on {{ arrivals.silent }}.{% endif %}",
            "本期共收到数据{{ arrivals.received }}条，其中入库{{ arrivals.stored }}条、重复{{ arrivals.duplicate }}条、"
            "拒收{{ arrivals.rejected }}条；迟报{{ arrivals.late }}条。"
            "{% if arrivals.silent %}{{ arrivals.silent }}未收到任何数据。{% endif %}",
        )
    )
    paper.tag("endif")


def _amendments(paper: Paper) -> None:
    say = paper.say
    paper.tag("if amendments")
    paper.heading(say("Amendments", "更正情况"))
    paper.text(
        say(
            "The figures above are those first issued. What late data and people changed since:",
            "以上数据为首次签发时数据。其后因迟报数据和案件办理发生的更正如下：",
        )
    )
    paper.table(
        say("Amendments", "更正情况"),
        "row in amendments",
        [
            Column(head=say("No.", "序号"), tag="{{ row.number }}", width_mm=14),
            Column(head=say("Issued", "签发时间"), tag="{{ row.stated }}", width_mm=46),
            Column(head=say("Total", "违规"), tag="{{ row.n }}", width_mm=24),
            Column(head=say("Added", "增加"), tag="{{ row.added }}", width_mm=24),
            Column(head=say("Gone", "减少"), tag="{{ row.gone }}", width_mm=24),
            Column(head=say("Changed", "变更"), tag="{{ row.changed }}", width_mm=24),
        ],
    )
    paper.tag("endif")


def _foot(paper: Paper) -> None:
    say = paper.say
    paper.text("", "After Table")
    paper.text("{{ organ }}", "Signature")
    paper.text("{{ stated_date }}", "Signature")
    paper.text("", "After Table")
    paper.text(say("Definitions", "指标说明"), "Note")
    paper.tag("for one in rates + response")
    paper.text(say("{{ one.name }}: {{ one.means }}", "{{ one.name }}：{{ one.means }}"), "Note")
    paper.tag("endfor")
    paper.text(
        say(
            "Period {{ period_name }}, stated {{ stated }}.", "期别{{ period_name }}，数据截至{{ stated }}。"
        ),
        "Note",
    )


def _figures(paper: Paper, total: str) -> list[Column]:
    say = paper.say
    return [
        Column(head=say(en, zh), tag=f"{{{{ row.{tag} }}}}", width_mm=width, total=f"{{{{ {total}.{tag} }}}}")
        for en, zh, tag, width in (
            ("Now", "本期", "n", 18), ("Before", "上期", "before", 18), ("Change", "增减", "change", 18),
            ("In per cent", "增减幅", "change_share", 22),
        )
    ]  # fmt: skip


def _severities(paper: Paper, total: str = "") -> list[Column]:
    return [
        Column(
            head=paper.say(en, zh), tag=f"{{{{ row.{tag} }}}}", width_mm=15, total=f"{{{{ {total}.{tag} }}}}" if total else ""
        )
        for en, zh, tag in (
            ("Critical", "紧急", "critical"), ("Major", "重要", "major"), ("Minor", "一般", "minor"), ("Info", "提示", "info"),
        )
    ]  # fmt: skip


def _rates(paper: Paper, caption: str, tag: str) -> None:
    say = paper.say
    paper.table(
        caption,
        f"row in {tag}",
        [
            Column(head=say("Rate", "指标"), tag="{{ row.name }}", width_mm=54, is_text=True),
            Column(head=say("Now", "本期"), tag="{{ row.share }}", width_mm=22),
            Column(head=say("Count", "数量"), tag="{{ row.count }}", width_mm=36),
            Column(head=say("Before", "上期"), tag="{{ row.before }}", width_mm=22),
            Column(head=say("Change (points)", "增减（百分点）"), tag="{{ row.change }}", width_mm=24),
        ],
    )


def _else_none(paper: Paper) -> None:
    paper.tag("else")
    paper.text(paper.say("None in this period.", "本期无此类情况。"))
    paper.tag("endif")
