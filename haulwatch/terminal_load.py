"""Many JT/T 808 terminals at once: each on a connection of its own, each reporting at its interval.

Run as a process of its own, as `load_generator` is. Prints one JSON line when it is done: what was sent and
answered, and how long answers took.
"""

import asyncio
import json
import sys
import time
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from haulwatch.bench_world import BenchWorld, device_id
from protocols.enrolment import Enrolment
from protocols.jt808.model import ready_made
from simulators.device_line import Answer
from simulators.enrolled import USUAL_MODEL
from simulators.vehicle_terminal import VehicleTerminal

SIGNING_ON_AT_ONCE = 200


def enrolments(world: BenchWorld) -> list[Enrolment]:
    """The terminals of the bench world."""
    return [
        Enrolment(protocol="jt808", terminal_id=f"139{i:08d}", device_id=device_id(i), model=USUAL_MODEL)
        for i in range(world.devices)
    ]


class TimedTerminal(VehicleTerminal):
    """A terminal that takes the time between a report and its answer."""

    def __init__(self, *args: Any, delays_s: list[float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._delays_s = delays_s
        self._sent_s: dict[Hashable, float] = {}

    def frames_of(self, elements: Sequence[dict[str, Any]]) -> Iterator[tuple[Hashable, bytes]]:
        """Frames, their time noted."""
        for key, frame in super().frames_of(elements):
            self._sent_s[key] = time.perf_counter()
            yield key, frame

    def answers_in(self, data: bytes) -> Iterable[Answer]:
        """Answers, their delay noted."""
        for answer in super().answers_in(data):
            if (sent_s := self._sent_s.pop(answer.key, None)) is not None:
                self._delays_s.append(time.perf_counter() - sent_s)
            yield answer


async def run(order: dict[str, Any]) -> dict[str, float]:
    """Sign all terminals on, say so, and report for so many seconds."""
    world = BenchWorld(devices=order["devices"], zones=0, routes=0)
    model = ready_made()[USUAL_MODEL]
    delays_s: list[float] = []
    terminals = [
        TimedTerminal(
            "127.0.0.1", order["port"], phone=one.terminal_id, plate="", model=model, delays_s=delays_s
        )
        for one in enrolments(world)
    ]
    began_s = time.perf_counter()
    door = asyncio.Semaphore(SIGNING_ON_AT_ONCE)
    await asyncio.gather(*(_signed_on(terminal, door) for terminal in terminals))
    signed_on_s = time.perf_counter() - began_s
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began_cpu_s = time.process_time()
    await _report(world, terminals, every_s=order["every_s"], seconds=order["seconds"])
    await asyncio.gather(*(terminal.drain() for terminal in terminals))
    cpu_s = time.process_time() - began_cpu_s
    delays_s.sort()
    done = {
        "sent": float(sum(one.sent for one in terminals)),
        "answered": float(sum(one.answered for one in terminals)),
        "refused": float(sum(one.refused for one in terminals)),
        "signed_on_s": signed_on_s,
        "p50_ms": 1000 * delays_s[len(delays_s) // 2],
        "p99_ms": 1000 * delays_s[int(len(delays_s) * 0.99)],
        "longest_ms": 1000 * delays_s[-1],
        "cpu_s": cpu_s,
    }
    await asyncio.gather(*(terminal.close() for terminal in terminals))
    return done


async def _signed_on(terminal: VehicleTerminal, door: asyncio.Semaphore) -> None:
    async with door:
        terminal.open()
        await terminal.connected()


async def _report(
    world: BenchWorld, terminals: Sequence[VehicleTerminal], *, every_s: float, seconds: float
) -> None:
    """Each terminal in its turn, evenly over the interval."""
    began_s = time.perf_counter()
    count, sent = len(terminals), 0
    while (elapsed_s := time.perf_counter() - began_s) < seconds:
        due = int(elapsed_s * count / every_s)
        while sent < due:
            i = sent % count
            payload = world.payload(i, time.time_ns() // 1_000_000, after_s=elapsed_s)
            await terminals[i].send([msgspec.json.decode(payload)])
            sent += 1
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.argv[1])))), flush=True)
