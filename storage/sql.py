"""Named queries: files of sections, each a `-- name: ...` line, its reason as comments, and the SQL."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "queries"

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def parse(text: str) -> dict[str, str]:
    """Split a file into its queries by name; raises ValueError where a name comes twice."""
    parts = _NAME.split(text)
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"a query is named twice: {sorted(name for name in names if names.count(name) > 1)}")
    return {name: body.strip().rstrip(";") for name, body in zip(names, bodies, strict=True)}


@cache
def queries(file: str) -> Mapping[str, str]:
    """The queries of `queries/{file}.sql` by name."""
    return parse((DIRECTORY / f"{file}.sql").read_text(encoding="utf-8"))
