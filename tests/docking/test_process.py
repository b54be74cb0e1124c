"""`haulwatch dock` as a process of its own: killed with -9 and started again, and two of them at once."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager

from storage.webhooks import Webhooks
from tests.docking.delivering import add_target, raise_states, until, until_target
from tests.docking.receiver import OK, receiving
from tests.docking.test_webhooks import in_order


@asynccontextmanager
async def dock(database: str, tmp_path):
    """The process; killed at the end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HAULWATCH_")}
    environ |= {"HAULWATCH_DATABASE_URL": database, "HAULWATCH_DATA_DIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "haulwatch", "dock", env=environ, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_a_process_killed_in_the_middle_loses_nothing_and_another_goes_on_in_order(
    store, database, tmp_path
):
    async with receiving() as receiver:
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 10, 10)
        async with dock(database, tmp_path):
            # The answer to this one never comes: it is accepted, and the process does not know.
            receiver.says = lambda _: None if len(receiver.ids()) >= 30 else OK
            await receiver.until(lambda: len(receiver.got) > 30)
        receiver.accepted.append(receiver.got[-1])
        receiver.says = lambda _: OK
        async with dock(database, tmp_path):
            await until_target(store, target_id, lambda one: one.behind == 0)
    assert len(receiver.ids()) == 100
    assert len(receiver.accepted) == 101  # what was under way when it was killed came twice, under its id
    assert in_order(receiver)


async def test_of_two_processes_one_delivers_and_the_other_takes_over(store, database, tmp_path):
    async with receiving() as receiver:
        target_id = await add_target(store, receiver.url)
        await raise_states(store, 5, 1)
        async with dock(database, tmp_path) as first:
            await until_target(store, target_id, lambda one: one.behind == 0)
            async with dock(database, tmp_path) as second:
                first.send_signal(signal.SIGKILL)
                await first.wait()
                await raise_states(store, 5, 2)
                await until_target(store, target_id, lambda one: one.behind == 0)
                second.terminate()
                assert await second.wait() == 0
    assert len(receiver.accepted) == 10
    await until(Webhooks(store).is_delivered, lambda held: not held)
