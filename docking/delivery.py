"""What one target is to be told, one event after the other: first the dead letters sent again, then what is new.

The target's place moves past an event once it was accepted or set aside, so that a crash sends an event twice
and never leaves one out. What is about the same alert or case as a dead letter becomes one itself: it is never
told before it.
"""

import asyncio
from collections.abc import Callable

import structlog
from msgspec import structs

from docking.retry import FIRST_DELAY_S, Outcome, Verdict, delay_s, verdict
from docking.sender import Sender
from exports.events import PING, envelope, event_id, event_json, skipped_json
from storage.deliveries import Attempt, Deliveries, LetterToSend, NewLetter, Target
from storage.feed import Feed, Place, PlaceGone, Told

AT_ONCE = 50

_log = structlog.get_logger(__name__)


class Delivery:
    """Delivers to the targets; `chance` gives numbers in [0, 1), by which waits differ."""

    def __init__(
        self,
        feed: Feed,
        notes: Deliveries,
        sender: Sender,
        *,
        now_ms: Callable[[], int],
        chance: Callable[[], float],
        count: Callable[[Verdict], None],
        first_delay_s: float = FIRST_DELAY_S,
    ) -> None:
        """`count` hears of every attempt's verdict."""
        self._first_delay_s = first_delay_s
        self._feed = feed
        self._notes = notes
        self._sender = sender
        self._now_ms = now_ms
        self._chance = chance
        self._count = count

    async def work_off(self, target_id: int) -> None:
        """Deliver until there is nothing more, the target has to be waited for, or a person has changed it."""
        goes_on = True
        while goes_on:
            target = await self._notes.target(target_id, self._now_ms())
            if target is None:
                return
            letter = await self._notes.next_letter(target_id)
            goes_on = await (self._send_page(target) if letter is None else self._send_letter(target, letter))

    async def ping(self, target_id: int) -> None:
        """Send an event that says nothing, once, and note the answer."""
        began_ms = self._now_ms()
        door = await self._notes.door(target_id, began_ms)
        if door is None:
            return
        id_ = f"ping-{target_id}-{began_ms}"
        outcome = await self._sender.send(door, id_, envelope(PING, id_, began_ms, {}))
        await self._notes.answer_ping(
            target_id, self._attempt(outcome), took_ms=max(0, self._now_ms() - began_ms)
        )

    async def _send_page(self, target: Target) -> bool:
        """Send what comes next; False where there is nothing more to do now."""
        try:
            page = await self._feed.after(target.place, wanted=target.wanted, most=AT_ONCE)
        except PlaceGone as gone:
            return await self._tell_skipped(target, gone.oldest)
        blocked = await self._notes.blocked(target.door.target_id, page.events)
        set_aside: set[str] = set()
        for index, told in enumerate(page.events):
            if index in blocked or not set_aside.isdisjoint(told.subjects):
                letter = NewLetter(told=told, event_id=event_id(told.what), body=event_json(told.what))
                if not await self._notes.set_aside(target, letter):
                    return False
                set_aside.update(told.subjects)
                target = structs.replace(target, place=told.place)
                continue
            is_done, is_aside = await self._send(target, told)
            if not is_done:
                return False
            if is_aside:
                set_aside.update(told.subjects)
            in_a_row = target.set_aside + 1 if is_aside else 0
            target = structs.replace(
                target, place=told.place, failures=0, set_aside=in_a_row, aside_wanted=False
            )
        is_moved = page.place == target.place or await self._notes.passed(target, page.place)
        return is_moved and not page.is_last

    async def _send(self, target: Target, told: Told) -> tuple[bool, bool]:
        """Send an event until it is accepted or set aside (the second), or the target is waited for (not the first)."""
        id_, body = event_id(told.what), event_json(told.what)
        refusals = 0
        while True:
            outcome = await self._sender.send(target.door, id_, body)
            what = self._judged(target, outcome, refusals)
            attempt = self._attempt(outcome)
            if what is Verdict.ACCEPTED:
                return await self._notes.accepted(target, told.place, attempt), False
            if what is Verdict.SET_ASIDE:
                _log.warning(
                    "event set aside", action="webhook_set_aside", target=target.door.target_id, event_id=id_
                )
                letter = NewLetter(told=told, event_id=id_, body=body, tries=refusals + 1, attempt=attempt)
                return await self._notes.set_aside(target, letter), True
            if what is not Verdict.TRY_AGAIN:
                await self._wait(target, what, outcome, attempt)
                return False, False
            refusals += 1
            await asyncio.sleep(self._delay_s(refusals, None))

    async def _send_letter(self, target: Target, letter: LetterToSend) -> bool:
        """Send a dead letter again; False where the target has to be waited for."""
        outcome = await self._sender.send(target.door, letter.event_id, letter.body)
        what = self._judged(target, outcome, 0)
        attempt = self._attempt(outcome)
        if what is Verdict.ACCEPTED:
            return await self._notes.letter_accepted(target, letter, attempt)
        if what in (Verdict.TRY_AGAIN, Verdict.SET_ASIDE):
            # A person asked for one attempt.
            return await self._notes.letter_refused(target, letter, attempt)
        await self._wait(target, what, outcome, attempt)
        return False

    async def _tell_skipped(self, target: Target, oldest: Place) -> bool:
        """Tell that changes were deleted before the target took them, and go on with what there is."""
        first, now_ms = target.place.change + 1, self._now_ms()
        id_ = f"skipped-{first}-{oldest.change}"
        body = skipped_json(id_, first=first, last=oldest.change, at_ms=now_ms)
        outcome = await self._sender.send(target.door, id_, body)
        what = self._judged(target, outcome, 0)
        if what in (Verdict.WAIT, Verdict.OFF):
            await self._wait(target, what, outcome, self._attempt(outcome))
            return False
        _log.warning("changes skipped", action="webhook_skipped", target=target.door.target_id, event_id=id_)
        return await self._notes.skipped(target, oldest)

    def _judged(self, target: Target, outcome: Outcome, refusals: int) -> Verdict:
        what = verdict(
            outcome, refusals=refusals, set_aside=target.set_aside, aside_wanted=target.aside_wanted
        )
        self._count(what)
        return what

    async def _wait(self, target: Target, what: Verdict, outcome: Outcome, attempt: Attempt) -> None:
        if what is Verdict.OFF:
            _log.warning("target is gone", action="webhook_off", target=target.door.target_id)
            await self._notes.off(target, attempt)
            return
        wait_s = self._delay_s(target.failures + 1, outcome.retry_after_s)
        await self._notes.failed(target, attempt, next_try_ms=self._now_ms() + round(wait_s * 1000))

    def _delay_s(self, failures: int, retry_after_s: float | None) -> float:
        return delay_s(failures, self._chance(), retry_after_s=retry_after_s, first_s=self._first_delay_s)

    def _attempt(self, outcome: Outcome) -> Attempt:
        answer = outcome.answer or None
        return Attempt(at_ms=self._now_ms(), error=outcome.error, status=outcome.status, answer=answer)
