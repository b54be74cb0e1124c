"""Reading a scheme's document: the scheme, or every problem in it with its JSON path."""

import re
from collections.abc import Callable

from alerts.demerit_scheme import (
    SCORED,
    About,
    Band,
    Counting,
    Counts,
    Follows,
    Grade,
    Named,
    Scheme,
    Special,
    Within,
    Worth,
)
from domain.document import Node, UnfitError, root_of
from domain.problem import Problem, message
from domain.rule import RuleKind
from domain.station import Severity
from domain.values import count, filled_text, shown, text, word

VERSION = 1
MOST_POINTS = 1000
LONGEST_TEXT = 2000
MONTHS = (1, 2, 3, 4, 6, 12)
LEAPS = 28
"""Cycles begin on a day that every month has."""

FIELDS = (
    "version", "name", "source", "cycle", "counting", "counts", "full", "most_a_day", "points", "bands", "specials",
)  # fmt: skip
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")


def read_scheme(document: bytes) -> Scheme | list[Problem]:
    """Read a scheme's document; return it, or every problem in it."""
    problems: list[Problem] = []
    root = root_of(document, problems)
    if root is None:
        return problems
    scheme = _scheme(root)
    return problems or scheme


def _scheme(root: Node) -> Scheme:
    _only(root, FIELDS)
    root.need("version", _version)
    bands = root.get_object("bands", _bands, None)
    if root.child("bands") is None:
        root.missing("bands", message("missing"))
    cycle = root.get_object("cycle", _cycle, None)
    if root.child("cycle") is None:
        root.missing("cycle", message("missing"))
    months, first = cycle or (12, (1, 1))
    company_bands, vehicle_bands = bands or ((), ())
    counting = root.get("counting", word(Counting), Counting.UP)
    full = root.get_object("full", _worth, None)
    if counting is Counting.DOWN and full is None:
        root.missing("full", message("missing"))
    return Scheme(
        name=_needed_name(root),
        source=root.get_object("source", _named, None),
        months=months,
        first=first,
        counting=counting,
        counts=root.get("counts", word(Counts), Counts.STANDING),
        full=full,
        most_a_day=root.get_object("most_a_day", _worth, None),
        points=root.get_object("points", _points, {}),
        company_bands=company_bands,
        vehicle_bands=vehicle_bands,
        specials=root.get_objects("specials", _special),
    )


def _only(node: Node, known: tuple[str, ...]) -> None:
    """A field that is misspelt must not be taken for one that is absent."""
    for name in node.value if isinstance(node.value, dict) else ():
        if name not in known:
            node.missing(str(name), message("unknown_word", words=known, value=shown(str(name))))


def _version(value: object) -> int:
    if value is True or value != VERSION:
        raise UnfitError("version", version=str(VERSION))
    return VERSION


def _needed_name(node: Node) -> Named:
    if node.child("name") is None:
        node.missing("name", message("missing"))
    return node.get_object("name", _named, None) or Named(zh="", en="")


def _named(node: Node) -> Named:
    _only(node, ("zh", "en"))
    return Named(zh=node.need("zh", _short(filled_text)), en=node.need("en", _short(filled_text)))


def _short(parse: Callable[[object], str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        written = parse(value)
        if len(written) > LONGEST_TEXT:
            raise UnfitError("not_between", lowest="1", highest=str(LONGEST_TEXT), value=str(len(written)))
        if "\0" in written:
            raise UnfitError("empty")
        return written

    return read


def _cycle(node: Node) -> tuple[int, tuple[int, int]]:
    _only(node, ("months", "first"))
    return node.need("months", _months), node.get("first", _month_day, (1, 1))


def _months(value: object) -> int:
    read = count(value)
    if read not in MONTHS:
        raise UnfitError("unknown_word", words=tuple(map(str, MONTHS)), value=str(read))
    return read


def _month_day(value: object) -> tuple[int, int]:
    """Such as `01-01`."""
    written = text(value)
    found = _MONTH_DAY.fullmatch(written)
    if found is None or not (1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= LEAPS):
        raise UnfitError("no_month_day", value=shown(written), last=str(LEAPS))
    return int(found[1]), int(found[2])


def _amount(lowest: int = 0) -> Callable[[object], int]:
    def read(value: object) -> int:
        amount = count(value)
        if not lowest <= amount <= MOST_POINTS:
            raise UnfitError("not_between", lowest=str(lowest), highest=str(MOST_POINTS), value=str(amount))
        return amount

    return read


def _worth(node: Node) -> Worth:
    _only(node, ("company", "vehicle"))
    return Worth(company=node.need("company", _amount()), vehicle=node.need("vehicle", _amount()))


def _points(node: Node) -> dict[RuleKind, dict[Severity, Worth]]:
    _only(node, tuple(SCORED))
    return {kind: node.get_object(kind, _row, {}) for kind in SCORED if node.child(kind) is not None}


def _row(node: Node) -> dict[Severity, Worth]:
    _only(node, tuple(Severity))
    found = {one: node.get_object(one, _worth, None) for one in Severity}
    return {severity: worth for severity, worth in found.items() if worth is not None}


def _bands(node: Node) -> tuple[tuple[Band, ...], tuple[Band, ...]]:
    _only(node, ("company", "vehicle"))
    return _ladder(node, "company"), _ladder(node, "vehicle")


def _ladder(node: Node, about: About) -> tuple[Band, ...]:
    """Bands from the best to the worst: the first begins at 0, each later one higher than the one before."""
    bands = node.get_objects(about, _band)
    if not bands:
        node.missing(about, message("missing"))
    least = 0
    for at, (band, entry) in enumerate(zip(bands, node.objects(about), strict=False)):
        begins = entry.child("from")
        if begins is None or band.from_points is None:  # said already
            continue
        if (at == 0 and band.from_points != 0) or (at > 0 and band.from_points < least):
            begins.note(message("band_from", least=str(least), value=str(band.from_points)))
        least = band.from_points + 1
    return bands


def _band(node: Node) -> Band:
    _only(node, ("from", "grade", "follows", "name"))
    return Band(
        from_points=node.need("from", _amount()),
        grade=node.need("grade", word(Grade)),
        follows=node.get("follows", word(Follows), Follows.NONE),
        name=node.get_object("name", _named, None),
    )


def _special(node: Node) -> Special:
    _only(node, ("name", "about", "rules", "count", "within", "follows"))
    rules = node.get_values("rules", _scored, ())
    if not rules:
        node.missing("rules", message("missing"))
    return Special(
        name=_needed_name(node),
        about=node.need("about", _about),
        rules=frozenset(rules),
        count=node.need("count", _amount(1)),
        within=node.need("within", word(Within)),
        follows=node.need("follows", word(Follows)),
    )


def _scored(value: object) -> RuleKind:
    read = word(RuleKind)(value)
    if read not in SCORED:
        raise UnfitError("unknown_word", words=tuple(SCORED), value=shown(read))
    return read


def _about(value: object) -> About:
    written = text(value)
    if written == "company":
        return "company"
    if written == "vehicle":
        return "vehicle"
    raise UnfitError("unknown_word", words=("company", "vehicle"), value=shown(written))
