"""What is wrong with a document, and where."""

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a document, where (a JSON path such as `$.zones[3].radius_m`), and how to mend it."""

    path: str
    message: str
