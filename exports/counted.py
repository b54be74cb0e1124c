"""A figure beside the same one of the period before: what changed, in number and in share."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from exports.figures import SEVERITIES, Share
from exports.statement import StatedAlert

SERIOUS = ("critical", "major")

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Counted(Struct, frozen=True, kw_only=True):
    """How many now and in the period before; `before` is None where that one was never stated."""

    n: int
    before: int | None = None

    @property
    def change(self) -> int | None:
        """How many more than before."""
        return None if self.before is None else self.n - self.before

    @property
    def change_share(self) -> float | None:
        """The change as a share of what was before; None where that was nothing, or is unknown."""
        return None if not self.before else (self.n - self.before) / self.before


class Rate(Struct, frozen=True, kw_only=True):
    """`n` of `of` under a name, with what it means in each language; `before` is the one of the period before."""

    name: str
    n: int
    of: int
    means: Mapping[str, str]
    before: Share | None = None

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None where there is nothing to be a share of."""
        return self.n / self.of if self.of else None

    @property
    def share_before(self) -> float | None:
        """The same of the period before; None where that is unknown."""
        return self.before.n / self.before.of if self.before is not None and self.before.of else None


def counted(now: Sequence[T], before: Sequence[T] | None, holds: Callable[[T], bool]) -> Counted:
    """How many of each hold."""
    return Counted(n=sum(map(holds, now)), before=None if before is None else sum(map(holds, before)))


def by_severity(alerts: Iterable[StatedAlert]) -> dict[str, int]:
    """How many of every severity, the worst first."""
    found = Counter(one.severity for one in alerts)
    return {one.value: found[one.value] for one in SEVERITIES}


def by_rule(alerts: Iterable[StatedAlert]) -> dict[str, int]:
    """How many of each kind that there is, the most first."""
    found = Counter(one.rule for one in alerts)
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def grouped(
    alerts: Iterable[StatedAlert], group_of: Callable[[StatedAlert], K]
) -> dict[K, list[StatedAlert]]:
    """Alerts by what they belong to, each in the order given."""
    groups: dict[K, list[StatedAlert]] = {}
    for one in alerts:
        groups.setdefault(group_of(one), []).append(one)
    return groups
