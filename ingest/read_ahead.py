"""A socket that reads ahead and writes together, under paho: one system call for many packets.

paho sees a socket of its own kind; whoever runs the loop fills it, looks at what it holds, and flushes it.
"""

import contextlib
import socket
import ssl
import time

from paho.mqtt.client import Client

CHUNK = 256 * 1024
CLOSE_TIMEOUT_S = 1.0
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ReadAhead:
    """What paho takes for its socket; non-blocking, used by one thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.received = b""
        self.unsent = bytearray()
        self.is_closed = False

    def fill(self) -> None:
        """Take what the system has; the other side's end sets `is_closed`."""
        try:
            data = self._connection.recv(CHUNK)
        except _WOULD_BLOCK:
            return
        except OSError:
            data = b""
        if data:
            self.received += data
        else:
            self.is_closed = True

    def flush(self) -> None:
        """Send what the system takes."""
        if not self.unsent:
            return
        try:
            sent = self._connection.send(self.unsent)
        except _WOULD_BLOCK:
            return
        except OSError:
            self.is_closed = True
            return
        del self.unsent[:sent]

    def drop(self, count: int) -> None:
        """Forget bytes that were dealt with."""
        self.received = self.received[count:]

    def recv(self, size: int) -> bytes:
        """Bytes for paho: none at the end, BlockingIOError when there are none yet."""
        if not self.received:
            if self.is_closed:
                return b""
            raise BlockingIOError
        data = self.received[:size]
        self.drop(len(data))
        return data

    def send(self, data: bytes) -> int:
        """Take all of it; `flush` sends it."""
        self.unsent += data
        return len(data)

    def fileno(self) -> int:
        """For select."""
        return self._connection.fileno()

    def setblocking(self, flag: bool) -> None:
        """As a socket's."""
        self._connection.setblocking(flag)

    def settimeout(self, value: float | None) -> None:
        """As a socket's."""
        self._connection.settimeout(value)

    def close(self) -> None:
        """Send what is left and close in an orderly way."""
        # Closing with bytes unread resets the connection, and the other side then loses what it has not
        # read yet: our last acknowledgements. So the end is said, and the other side's end waited for.
        with contextlib.suppress(OSError):
            if not self.is_closed:
                self._connection.settimeout(CLOSE_TIMEOUT_S)
                self._connection.sendall(self.unsent)
                self.unsent.clear()
                self._connection.shutdown(socket.SHUT_WR)
                deadline_s = time.monotonic() + CLOSE_TIMEOUT_S
                while self._connection.recv(CHUNK) and time.monotonic() < deadline_s:
                    pass
        self._connection.close()


class ReadAheadClient(Client):
    """paho over `ReadAhead`; whoever uses it runs the loop: no `loop_start`, no `loop_forever`."""

    wire: ReadAhead | None = None

    def _create_socket(self) -> ReadAhead:  # type: ignore[override]  # as paho does for websockets
        self.wire = ReadAhead(super()._create_socket())  # type: ignore[arg-type]
        return self.wire
