"""What was hauled under a permit against what it declares: how much of it, and whether too little was declared."""

from msgspec import Struct

FULL_LOAD_MARGIN = 1.2
"""So far over what was declared the trips at full load must be for the declaration to be doubted for them alone:
a truck that nobody weighs may well drive a sixth below its greatest load."""


class Volume(Struct, frozen=True, kw_only=True):
    """Tonnes hauled under a permit since its first trip, and at the vehicles' greatest loads (`rated_t`).

    `declared_t` is None where it declares no volume: then there is no share, and nothing to doubt.
    """

    declared_t: float | None = None
    hauled_t: float = 0.0
    rated_t: float = 0.0
    trips: int = 0

    @property
    def share(self) -> float | None:
        """Hauled of declared."""
        return None if self.declared_t is None else self.hauled_t / self.declared_t

    @property
    def is_under_declared(self) -> bool:
        """Tell whether more was hauled than declared, or the trips at full load come to well more."""
        if self.declared_t is None:
            return False
        return self.hauled_t > self.declared_t or self.rated_t > FULL_LOAD_MARGIN * self.declared_t
