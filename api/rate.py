"""How often somebody may ask: so many times in a window, counted in this process. The time is given."""

from collections import OrderedDict, deque

MOST_KEYS = 10_000


class RateLimit:
    """At most `most` times within `window_ms` for each key."""

    def __init__(self, *, most: int, window_ms: int) -> None:
        """Count nothing yet."""
        self._most = most
        self._window_ms = window_ms
        self._asked: OrderedDict[str, deque[int]] = OrderedDict()

    def is_full(self, key: str, at_ms: int) -> bool:
        """Tell whether a key has used up its window."""
        asked = self._asked.get(key)
        while asked and asked[0] <= at_ms - self._window_ms:
            asked.popleft()
        return asked is not None and len(asked) >= self._most

    def count(self, key: str, at_ms: int) -> None:
        """Count one more; the keys longest silent are forgotten where there are too many."""
        self._asked.setdefault(key, deque()).append(at_ms)
        self._asked.move_to_end(key)
        while len(self._asked) > MOST_KEYS:
            self._asked.popitem(last=False)
