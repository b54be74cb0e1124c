"""From a signal to an orderly end: the first asks, the second does not wait.

The work itself watches the event and finishes what it has begun.
"""

import asyncio
import os
import signal


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets; a second signal ends the process at once. Needs a running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    return stop
