"""Readings as a chart needs them: few enough to draw, with nothing that stands out lost and no gap closed."""

from collections.abc import Iterator, Sequence

from domain.quantity import Flag, Quantity
from domain.report import DustReport


def thinned(readings: Sequence[DustReport], most: int) -> Sequence[DustReport]:
    """At most about `most` readings: of each piece of the span the lowest and highest of every quantity."""
    if len(readings) <= most:
        return readings
    quantities = sorted({quantity for reading in readings for quantity in reading.values})
    pieces = max(1, most // (2 * max(1, len(quantities))))
    first_ms, last_ms = readings[0].time_ms, readings[-1].time_ms
    length_ms = (last_ms - first_ms) // pieces + 1
    kept: dict[int, DustReport] = {}
    piece: list[DustReport] = []
    for reading in readings:
        if piece and (reading.time_ms - first_ms) // length_ms != (piece[0].time_ms - first_ms) // length_ms:
            _keep_extremes(kept, piece, quantities)
            piece = []
        piece.append(reading)
    _keep_extremes(kept, piece, quantities)
    return sorted(kept.values(), key=lambda reading: reading.order)


def _keep_extremes(
    kept: dict[int, DustReport], piece: Sequence[DustReport], quantities: Sequence[Quantity]
) -> None:
    for quantity in quantities:
        measured = [reading for reading in piece if quantity in reading.values]
        if measured:
            for one in (
                min(measured, key=lambda reading: reading.values[quantity]),
                max(measured, key=lambda reading: reading.values[quantity]),
            ):
                kept[id(one)] = one


def flag_spans(readings: Sequence[DustReport]) -> Iterator[tuple[Quantity, Flag, int, int]]:
    """Readings running with the same flag other than N: quantity, flag, from and to (ms)."""
    running: dict[Quantity, tuple[Flag, int, int]] = {}
    for reading in readings:
        begin_ms = _begin_ms(reading)
        for quantity, (flag, from_ms, to_ms) in list(running.items()):
            if reading.flag(quantity) is not flag or begin_ms > to_ms + _slack_ms(reading):
                yield quantity, flag, from_ms, to_ms
                del running[quantity]
        for quantity, flag in reading.flags.items():
            if flag is not Flag.NORMAL:
                from_ms = running[quantity][1] if quantity in running else begin_ms
                running[quantity] = (flag, from_ms, reading.time_ms)
    for quantity, (flag, from_ms, to_ms) in running.items():
        yield quantity, flag, from_ms, to_ms


def gaps(readings: Sequence[DustReport], from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """Where at least one reading is missing within [from, to), as spans (ms)."""
    known_ms = from_ms
    slack_ms = 60_000
    for reading in readings:
        slack_ms = _slack_ms(reading)
        if _begin_ms(reading) >= known_ms + slack_ms:
            yield known_ms, _begin_ms(reading)
        known_ms = max(known_ms, reading.time_ms)
    if to_ms >= known_ms + slack_ms:
        yield known_ms, to_ms


def _begin_ms(reading: DustReport) -> int:
    return reading.time_ms - round(reading.interval_s * 1000)


def _slack_ms(reading: DustReport) -> int:
    return max(1000, round(reading.interval_s * 1000))
