"""The picture of values over time: a line with its limit, bands where the alert lasted, and strips of signals."""

from collections.abc import Callable, Sequence
from html import escape

from msgspec import Struct

from exports.bundle.picture import ALERT, FAINT, INK, LINE, ROUTE, WIDTH

_LEFT, _RIGHT, _TOP, _PLOT, _STRIP = 58, 12, 14, 190, 22
_MOST_POINTS = 1_500
_STRIP_COLOURS = {
    "full": "#5B4A9E",
    "partial": "#A79BD3",
    "open": "#9A6700",
    "raised": "#0F6C8A",
    "on": "#5C6B80",
}


class Strip(Struct, frozen=True, kw_only=True):
    """A state over time: (from ms, to ms, state, word); unknown and quiet states are left blank."""

    label: str
    spans: Sequence[tuple[int, int, str, str]]


class Bar(Struct, frozen=True, kw_only=True):
    """A value of a whole span of time."""

    from_ms: int
    to_ms: int
    value: float


class Curve(Struct, frozen=True, kw_only=True):
    """What is drawn over [from, to] ms; `points` are (ms, value), None breaks the line. `level` is a limit."""

    title: str
    unit: str
    points: Sequence[tuple[int, float | None]]
    from_ms: int
    to_ms: int
    alert_ms: tuple[int, int]
    level: float | None = None
    level_word: str = ""
    alert_word: str = ""
    strips: Sequence[Strip] = ()
    bars: Sequence[Bar] = ()


def curve(given: Curve, clock: Callable[[int], str]) -> str:
    """The picture as an SVG element; `clock` writes an instant as the clock on the wall shows it."""
    height = _TOP + _PLOT + _STRIP * len(given.strips) + 30
    values = [value for _, value in given.points if value is not None]
    top = max([*values, *(bar.value for bar in given.bars), given.level or 0.0, 1.0]) * 1.08
    low = min([0.0, *values])

    def x(at_ms: int) -> float:
        share = (at_ms - given.from_ms) / max(given.to_ms - given.from_ms, 1)
        return _LEFT + min(max(share, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + _PLOT * (1 - (value - low) / (top - low))

    first, last = x(given.alert_ms[0]), x(given.alert_ms[1])
    floor = _TOP + _PLOT
    bottom = floor + _STRIP * len(given.strips)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg" class="picture">',
        f"<title>{escape(given.title)}</title>",
        (
            f'<rect x="{first:.1f}" y="{_TOP}" width="{max(last - first, 2):.1f}" height="{bottom - _TOP}" '
            f'fill="{ALERT}" fill-opacity="0.1"/>'
        ),
        f'<text x="{first + 4:.1f}" y="{_TOP + 13}" font-size="12" fill="{ALERT}">{escape(given.alert_word)}</text>',
        *(_grid(value, y(value)) for value in _steps(low, top)),
        f'<text x="{_LEFT}" y="10" font-size="11" fill="{FAINT}" text-anchor="end">{escape(given.unit)}</text>',
        *(_strip(strip, floor + _STRIP * number, x) for number, strip in enumerate(given.strips)),
        _path([(x(at_ms), None if value is None else y(value)) for at_ms, value in _thinned(given.points)]),
        *(
            f'<path d="M{x(bar.from_ms):.1f} {y(bar.value):.1f}H{x(bar.to_ms):.1f}" stroke="{INK}" stroke-width="4"/>'
            for bar in given.bars
        ),
    ]
    if given.level is not None:
        at = y(given.level)
        parts.append(
            f'<path d="M{_LEFT} {at:.1f}H{WIDTH - _RIGHT}" stroke="{ALERT}" stroke-width="1.5" stroke-dasharray="7 4"/>'
            f'<text x="{WIDTH - _RIGHT - 4}" y="{at - 5:.1f}" text-anchor="end" font-size="12" fill="{ALERT}">'
            f"{escape(given.level_word)}</text>"
        )
    ticks = 5
    for number in range(ticks):
        at_ms = given.from_ms + (given.to_ms - given.from_ms) * number // (ticks - 1)
        anchor = "start" if number == 0 else "end" if number == ticks - 1 else "middle"
        parts.append(
            f'<path d="M{x(at_ms):.1f} {bottom}v5" stroke="{FAINT}"/>'
            f'<text x="{x(at_ms):.1f}" y="{bottom + 19}" text-anchor="{anchor}" font-size="11" fill="{FAINT}">'
            f"{clock(at_ms)}</text>"
        )
    return "".join(
        [*parts, f'<path d="M{_LEFT} {_TOP}V{bottom}H{WIDTH - _RIGHT}" fill="none" stroke="{FAINT}"/></svg>']
    )


def _thinned(points: Sequence[tuple[int, float | None]]) -> Sequence[tuple[int, float | None]]:
    """Of many points the highest of each stretch: what stands out is what matters."""
    step = -(-len(points) // _MOST_POINTS)
    if step <= 1:
        return points
    stretches = [points[at : at + step] for at in range(0, len(points), step)]
    return [max(each, key=lambda one: float("-inf") if one[1] is None else one[1]) for each in stretches]


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    drawn, is_down = [], False
    for x, y in points:
        if y is not None:
            drawn.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = y is not None
    alone = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{ROUTE}"/>'
        for x, y in points
        if y is not None and len(points) < 120
    )
    return f'<path d="{"".join(drawn)}" fill="none" stroke="{ROUTE}" stroke-width="1.6" stroke-linejoin="round"/>{alone}'


def _grid(value: float, y: float) -> str:
    return (
        f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{LINE}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11" fill="{FAINT}">{value:g}</text>'
    )


def _steps(low: float, top: float) -> list[float]:
    """Four or so round values."""
    step, sizes = 1.0, (1, 2, 5)
    for power in range(-3, 7):
        for size in sizes:
            step = size * 10.0**power
            if (top - low) / step <= 5:
                first = -(-low // step)
                return [round((first + n) * step, 6) for n in range(6) if (first + n) * step <= top]
    return [low]


def _strip(strip: Strip, y: float, x: Callable[[int], float]) -> str:
    drawn = []
    for from_ms, to_ms, state, word in strip.spans:
        left, right = x(from_ms), x(to_ms)
        colour = _STRIP_COLOURS.get(state)
        if colour is None:
            continue
        drawn.append(
            f'<rect x="{left:.1f}" y="{y + 4:.1f}" width="{max(right - left, 2):.1f}" height="{_STRIP - 8}" fill="{colour}"/>'
        )
        if right - left > 12 * len(word) + 4:
            drawn.append(
                f'<text x="{left + 4:.1f}" y="{y + 15:.1f}" font-size="10" fill="#fff">{escape(word)}</text>'
            )
    label = f'<text x="{_LEFT - 6}" y="{y + 15:.1f}" text-anchor="end" font-size="11" fill="{INK}">{escape(strip.label)}</text>'
    return label + "".join(drawn)
