"""What the intake says it holds, which is what keeps the clock from running ahead of the reports."""

import asyncio
import time

from ingest.batching import BatchLimits
from ingest.intake import Intake
from ingest.known import known_devices
from tests.ingest.test_worker import PREFIX, Queue, fix, ruleset


async def test_what_is_decoded_during_a_commit_is_held_until_it_is_given_away() -> None:
    queue = Queue(fix(1), fix(2))
    intake = Intake(
        queue,
        limits=BatchLimits(),
        now_ms=lambda: time.time_ns() // 1_000_000,
        known=known_devices(ruleset(), PREFIX),
    )
    assert not intake.holds_messages
    await intake.decode_during(asyncio.create_task(asyncio.sleep(0.05)))
    assert not queue.waiting
    assert intake.holds_messages
    gathered = await intake.gather(timeout_s=5)
    assert gathered is not None
    assert not intake.holds_messages
