"""Ports for the servers of tests."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below what Linux gives to outgoing connections: a port stays free until its server starts, and while it is down.
FIRST, LAST = 15_000, 32_000

# Not the generator that is seeded alike in every test process.
_chance = SystemRandom()


def free_port() -> int:
    """A port nobody listens on."""
    while True:
        port = _chance.randint(FIRST, LAST)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
