"""Readings of frames as lines on a terminal: offset, bytes, name, value, and a mark under what is wrong."""

from domain.instant import to_rfc3339
from haulwatch.frame_reading import Field, Reading

_MOST_BYTES = 12  # a line shows
_AROUND = 8  # bytes before and after a fault


def print_readings(readings: list[Reading]) -> None:
    """Print all readings; what could not be read is pointed at."""
    for number, reading in enumerate(readings):
        if number:
            print()
        print(reading.title)
        width = max((len(field.name) for field in reading.fields), default=0)
        for field in reading.fields:
            for line in _lines(field, width):
                print(line)
        _print_fault(reading)
        for position in reading.positions:
            print("  position")
            for name, value in position.items():
                print(f"    {name}: {to_rfc3339(value) if name == 'time' else value}")


def _lines(field: Field, width: int) -> list[str]:
    """A field's line, and one more for every further row of bytes."""
    bytes_ = field.bytes.split(" ")
    rows = [" ".join(bytes_[at : at + _MOST_BYTES]) for at in range(0, len(bytes_), _MOST_BYTES)]
    first = f"{field.offset:6}  {rows[0]:{3 * _MOST_BYTES - 1}}  {field.name:{width}}  {field.value}"
    return [first.rstrip(), *(f"{'':6}  {row}" for row in rows[1:])]


def _print_fault(reading: Reading) -> None:
    """Say what is wrong, and mark it under the bytes around it."""
    fault = reading.fault
    if fault is None:
        return
    print(f"  {fault.reason} at byte {fault.offset}: {fault.detail}")
    within = fault.offset - reading.at
    first = max(min(within, len(reading.raw)) - _AROUND, 0)
    around = reading.raw[first : within + _AROUND]
    marks = min(max(fault.length, 1), len(around) - (within - first) or 1)
    print(f"    {around.hex(' ').upper()}")
    print(f"    {'   ' * (within - first)}{'^^ ' * marks}".rstrip())
