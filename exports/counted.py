"""A figure beside the same one of the period before: what changed, in number and in share."""

from collections.abc import Mapping

from msgspec import Struct

from exports.figures import SEVERITIES, Share

SERIOUS = ("critical", "major")


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


def serious(by_severity: Mapping[str, int]) -> int:
    """How many of them are critical or major."""
    return sum(by_severity.get(one, 0) for one in SERIOUS)


def no_severities() -> dict[str, int]:
    """Every severity, the worst first, with nothing."""
    return {one.value: 0 for one in SEVERITIES}
