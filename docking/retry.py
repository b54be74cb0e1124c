"""What is done after an attempt to deliver, and when the next one is due. No clock, no chance: both are given.

An answer that speaks of the event sets it aside after a few tries; whatever speaks of the target (no answer, a
redirection, 5xx, "too many") is waited out, for as long as it takes. The codes are those of RFC 9110 §15 and of
the Standard Webhooks specification 1.0.0, "Delivery success and failure".
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from msgspec import Struct

REFUSALS = 3
"""Attempts that a target refuses an event in before it is set aside."""

MOST_SET_ASIDE = 10
"""Events set aside with none accepted between. A target that refuses more refuses everything: it is waited for."""

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0
LONGEST_ASKED_S = 3600.0
"""The longest wait that a target may ask for."""

CLOCKS_APART_S = 300.0
"""How far clocks may be apart: the tolerance of the specification's libraries."""

_GONE = 410
_OF_THE_TARGET = frozenset({408, 425, 429})
"""Codes of 4xx that say "later": request timeout, too early, too many requests."""


class Outcome(Struct, frozen=True, kw_only=True):
    """How an attempt ended: with a `status`, or with none and an `error`, as a code; a refusal may have both."""

    status: int | None = None
    error: str | None = None
    answer: str = ""
    retry_after_s: float | None = None


class Verdict(StrEnum):
    """What is done next."""

    ACCEPTED = "accepted"
    TRY_AGAIN = "try_again"
    SET_ASIDE = "set_aside"
    WAIT = "wait"
    OFF = "off"


def verdict(outcome: Outcome, *, refusals: int, set_aside: int, aside_wanted: bool = False) -> Verdict:
    """Judge an attempt after `refusals` earlier ones of its event, and `set_aside` events in a row before it."""
    status = outcome.status
    if status is not None and 200 <= status < 300:
        return Verdict.ACCEPTED
    if status == _GONE:
        return Verdict.OFF
    if aside_wanted:
        return Verdict.SET_ASIDE
    if status is None or not 400 <= status < 500 or status in _OF_THE_TARGET:
        return Verdict.WAIT
    if refusals + 1 < REFUSALS:
        return Verdict.TRY_AGAIN
    return Verdict.SET_ASIDE if set_aside < MOST_SET_ASIDE else Verdict.WAIT


def delay_s(
    failures: int, chance: float, *, retry_after_s: float | None = None, first_s: float = FIRST_DELAY_S
) -> float:
    """How long to wait after this many failures in a row: twice as long each time, by `chance` in [0, 1) up to half less.

    A target that asks for a longer wait gets it, an hour at most.
    """
    longest = min(first_s * 2.0 ** min(failures - 1, 30), LONGEST_DELAY_S)
    return max(longest * (1 - chance / 2), min(retry_after_s or 0.0, LONGEST_ASKED_S))


def retry_after_s(value: str | None, now_ms: int) -> float | None:
    """What a Retry-After header asks for (RFC 9110 §10.2.3: seconds or a date); None where it says nothing readable."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    ahead_s = _ahead_s(text, now_ms)
    return None if ahead_s is None else max(0.0, ahead_s)


def refuses_by_clock(status: int, date: str | None, now_ms: int) -> bool:
    """Tell whether a refusal may be of the time that was signed: by its Date, the clocks are too far apart."""
    ahead_s = _ahead_s(date or "", now_ms)
    return 400 <= status < 500 and ahead_s is not None and abs(ahead_s) > CLOCKS_APART_S


def _ahead_s(date: str, now_ms: int) -> float | None:
    """How far a date (RFC 9110 §5.6.7) is ahead; None where it cannot be read."""
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):  # the latter for an hour of twenty digits
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - datetime.fromtimestamp(now_ms / 1000, UTC)).total_seconds()
