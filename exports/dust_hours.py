"""How long the dust at each site was over a limit: the union of its exceedances, so two limits count once."""

from msgspec import Struct

from domain.instant import HOUR_MS


class DustHours(Struct, frozen=True, kw_only=True):
    """A site, or a station that belongs to none; `over_ms` lies within the period, `before_ms` within the one before."""

    id: str
    name: str
    stations: tuple[str, ...]
    district: str
    alerts: int
    over_ms: int
    before_ms: int | None = None

    @property
    def over_h(self) -> float:
        """The same in hours."""
        return self.over_ms / HOUR_MS
