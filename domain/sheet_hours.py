"""Hours as people write them into a cell: `周一至周五 22:00-次日6:00；周六 20:00-24:00`, `mon,sat 22:00-06:00`.

Semicolons and new lines part groups; in a group all its days go with all its spans, no days mean every day.
"""

import re
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.document import UnfitError
from domain.problem import Language
from domain.sheet import folded
from domain.sheet_names import Names
from domain.timewindow import WEEKDAYS
from domain.values import shown

_ALWAYS = frozenset(("全天", "24小时", "全天候", "不限", "anytime", "always"))
_DAYS_ZH = "一二三四五六日"
_TO = r"\s*(?:-|~|—|–|―|至|到|to)+\s*"
_CLOCK = r"(?:次日|翌日|第二天|当日)?\s*(\d{1,2})(?:[:时点](\d\d)?分?)"
_SPAN = re.compile(_CLOCK + _TO + _CLOCK)
_DAY = r"(?:(?:周|星期|礼拜)([一二三四五六日天])|(mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
_DAYS = re.compile(_DAY + r"(?:" + _TO + _DAY + r")?")
_SOME_DAYS = {"工作日": WEEKDAYS[:5], "周末": WEEKDAYS[5:], "每天": WEEKDAYS, "每日": WEEKDAYS}
_NOTHING = re.compile(r"(?:[\s,、.()|]|和|及|and|daily)*")


class Hours(Struct, frozen=True):
    """The `windows` of an entry."""

    def read(self, text: str, _names: Names, _zone: ZoneInfo) -> list[dict[str, Any]]:
        """Windows as the document has them; none for any time."""
        written = unicodedata.normalize("NFKC", text).casefold()
        if folded(written) in _ALWAYS:
            return []
        groups = [group for group in re.split(r"[;\n]", written) if group.strip()]
        return [window for group in groups for window in _windows(group, text)]

    def write(self, value: Any, _names: Names, language: Language) -> str:
        """Each window with its days before it."""
        between = "；" if language == "zh" else "; "
        listed = value if isinstance(value, list) else []
        return between.join(_written(window, language) for window in listed if isinstance(window, dict))


def _windows(group: str, text: str) -> list[dict[str, Any]]:
    """The windows of one group; `text` is the whole cell."""
    days: list[str] = []

    def take_days(found: re.Match[str]) -> str:
        first, last = _day(found[1], found[2]), _day(found[3], found[4])
        days.extend(_from_to(first, first if last is None else last))
        return " "

    spans = list(_SPAN.finditer(group))
    rest = _SPAN.sub(" ", group)
    for word, meant in _SOME_DAYS.items():
        if word in rest:
            days.extend(meant)
            rest = rest.replace(word, " ")
    rest = _DAYS.sub(take_days, rest)
    if not spans or not _NOTHING.fullmatch(rest):
        raise UnfitError("cell_no_hours", value=shown(text))
    chosen = [str(day) for day in WEEKDAYS if day in days]
    only = {} if len(chosen) in (0, len(WEEKDAYS)) else {"days": chosen}
    return [{**only, "from": _clock(span[1], span[2]), "to": _clock(span[3], span[4])} for span in spans]


def _day(chinese: str | None, english: str | None) -> int | None:
    if chinese is not None:
        return _DAYS_ZH.index("日" if chinese == "天" else chinese)
    return None if english is None else [str(day) for day in WEEKDAYS].index(english)


def _from_to(first: int | None, last: int | None) -> list[str]:
    assert first is not None
    assert last is not None
    count = (last - first) % len(WEEKDAYS) + 1
    return [str(WEEKDAYS[(first + step) % len(WEEKDAYS)]) for step in range(count)]


def _clock(hour: str, minute: str | None) -> str:
    return f"{int(hour):02}:{minute or '00'}"


def _written(window: Any, language: Language) -> str:
    span = f"{window.get('from')}-{window.get('to')}"
    days = window.get("days") or []
    if language == "zh":
        days = ["周" + _DAYS_ZH[list(WEEKDAYS).index(day)] if day in list(WEEKDAYS) else day for day in days]
    return f"{','.join(days)} {span}" if days else span
