"""Named queries: files of sections, each a `-- name: ...` line, its reason as comments, and the SQL.

`{alert_columns}` in a query stands for what the file of that name holds.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "queries"

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_PART = re.compile(r"\{(\w+)\}")


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
    return parse(_PART.sub(lambda part: _text(part[1]).strip(), _text(file)))


def _text(file: str) -> str:
    return (DIRECTORY / f"{file}.sql").read_text(encoding="utf-8")
