"""The demo's past: what its fleet sent before now, made by a process of its own while another takes it in."""

import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection

from domain.capture import Captured
from simulators.live import demo_messages, demo_world
from simulators.simulate import captured

_AT_ONCE = 500
TRIPS_PER_DEED = 30
"""A fleet that people might know; the demo that follows shows something every minute."""


def past_messages(*, seed: int, vehicles: int, from_ms: int, to_ms: int, prefix: str) -> Iterator[Captured]:
    """The demo fleet's messages of a span (ms since 1970 UTC), in order of arrival; raises EOFError if their maker died."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    maker = spawn.Process(target=_make, args=(there, seed, vehicles, from_ms, to_ms, prefix), daemon=True)
    maker.start()
    there.close()  # ours: with the maker gone, reading ends
    try:
        while rows := here.recv():
            for received_ms, topic, payload in rows:
                yield Captured(received_ms=received_ms, topic=topic, payload=payload)
    finally:
        here.close()
        maker.terminate()
        maker.join()


def _make(there: Connection, seed: int, vehicles: int, from_ms: int, to_ms: int, prefix: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who reads ends this process
    rows: list[tuple[int, str, bytes]] = []
    world, run_s = demo_world(seed, vehicles), (to_ms - from_ms) // 1000
    for message in demo_messages(world, from_ms, run_s, trips_per_deed=TRIPS_PER_DEED):
        if message.received_ms > to_ms:
            break
        row = captured(message, prefix)
        rows.append((row.received_ms, row.topic, row.payload))
        if len(rows) == _AT_ONCE:
            there.send(rows)
            rows = []
    if rows:
        there.send(rows)
    there.send([])
