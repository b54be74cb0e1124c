"""Which version of the ruleset judges what: the one in force at a report's device time.

A city may make fifty versions a day, and one of 20,000 devices takes a second and tens of megabytes to
compile. So only a few are kept compiled: those in force now and next (`pin`), and the last few asked for.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable

from alerts.ruleset import Ruleset, Starts

KEPT = 4
"""How many versions stay compiled besides the pinned ones."""


class Timeline:
    """Versions by the time they take effect. `load` gives a version compiled; it may raise LookupError.

    The version in force at an instant is the highest that has taken effect by then; before the first
    takes effect, the first judges. A version that a later one overtakes is never in force.
    """

    def __init__(
        self, starts: Starts, load: Callable[[int], Ruleset], *, compiled: Iterable[Ruleset] = ()
    ) -> None:
        """Begin with what is `compiled` already; raises ValueError without any version."""
        if not starts:
            raise ValueError("a timeline needs a version")
        in_force: list[tuple[int, int]] = []
        for number, from_ms in sorted(starts, reverse=True):
            if not in_force or from_ms < in_force[-1][1]:
                in_force.append((number, from_ms))
        in_force.reverse()
        self.starts: Starts = tuple(in_force)
        self._numbers = tuple(number for number, _ in in_force)
        self._starts_ms = [from_ms for _, from_ms in in_force][1:]
        self._load = load
        self._compiled = {ruleset.version: ruleset for ruleset in compiled}
        self._pinned: frozenset[int] = frozenset()

    @classmethod
    def of(cls, *rulesets: Ruleset) -> "Timeline":
        """A timeline of versions that are all compiled."""
        compiled = {ruleset.version: ruleset for ruleset in rulesets}
        starts = [(ruleset.version, ruleset.effective_from_ms) for ruleset in rulesets]
        timeline = cls(starts, compiled.__getitem__, compiled=rulesets)
        timeline.pin(compiled)
        return timeline

    @property
    def numbers(self) -> tuple[int, ...]:
        """The versions that are, were or will be in force, in order."""
        return self._numbers

    @property
    def newest(self) -> Ruleset:
        """The last version, be it planned."""
        return self.version(self._numbers[-1])

    def number_at(self, time_ms: int) -> int:
        """The version in force at an instant."""
        return self._numbers[bisect_right(self._starts_ms, time_ms)]

    def at(self, time_ms: int) -> Ruleset:
        """The ruleset in force at an instant."""
        return self.version(self.number_at(time_ms))

    def numbers_between(self, first_ms: int, last_ms: int) -> tuple[int, ...]:
        """The versions in force from one instant to another, both included."""
        first = bisect_right(self._starts_ms, first_ms)
        return self._numbers[first : bisect_right(self._starts_ms, last_ms) + 1]

    def version(self, number: int) -> Ruleset:
        """A version's ruleset, compiled if it is not kept; raises LookupError where it cannot be."""
        ruleset = self._compiled.pop(number, None)
        self._compiled[number] = self._load(number) if ruleset is None else ruleset
        if ruleset is None:
            self._forget()
        return self._compiled[number]

    def is_compiled(self, number: int) -> bool:
        """Tell whether `version` gives this one at once."""
        return number in self._compiled

    def keep(self, number: int, ruleset: Ruleset) -> None:
        """Take in what judges for a version: itself or, where that is unusable, another."""
        self._compiled[number] = ruleset
        self._forget()

    def pin(self, numbers: Iterable[int]) -> None:
        """Keep these compiled once they are, and no others that were pinned before."""
        self._pinned = frozenset(numbers)
        self._forget()

    def with_starts(self, starts: Starts) -> "Timeline":
        """The timeline of other versions, with what is compiled of them."""
        after = Timeline(starts, self._load)
        after._compiled = {key: one for key, one in self._compiled.items() if key in after.numbers}
        after._pinned = self._pinned
        return after

    def _forget(self) -> None:
        loose = [number for number in self._compiled if number not in self._pinned]
        for number in loose[:-KEPT]:
            del self._compiled[number]
