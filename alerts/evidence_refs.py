"""What a case refers to, read off its evidence: ids by what they name, and instants.

Evidence names its fields by what they hold: `…permit_id` and `…permit_ids` hold ids of permits, `…_ms`
instants. So whoever shows a case need not know every kind.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from alerts.evidence import Evidence


def ids_in(evidence: Evidence, what: str) -> tuple[str, ...]:
    """The ids of one sort ("permit", "zone", "route", "limit") that evidence names, each once, in its order."""
    names = (f"{what}_id", f"{what}_ids")
    found = (value for name, value in _fields(to_builtins(evidence)) if name.endswith(names))
    return tuple(dict.fromkeys(value for value in found if isinstance(value, str)))


def instants_in(evidence: Evidence) -> tuple[int, ...]:
    """The instants that evidence names, rising, each once; from when to when a permit is valid is none of them."""
    found = (
        value
        for name, value in _fields(to_builtins(evidence))
        if name.endswith("_ms") and not name.startswith("valid_")
    )
    return tuple(sorted({value for value in found if isinstance(value, int)}))


def _fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value in evidence with the name of the field that holds it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _fields(inner, name)
    else:
        yield name, value
