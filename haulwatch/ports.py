"""Which ports are free. Asked before anything starts, so that a busy one is said in one line."""

import socket

from haulwatch.problem import CommandError


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free just now."""
    with _probe(host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def claim(host: str, port: int, *, what: str, variable: str) -> int:
    """The port to use, any free one for 0; raises CommandError that says how to take another."""
    if port == 0:
        return free_port(host)
    with _probe(host) as probe:
        # As the servers do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{what} cannot listen on {host}:{port} ({error.strerror}); set {variable} to another port, or to 0"
            ) from error
    return port


def reachable(host: str) -> str:
    """The address at which this machine reaches what listens on a host."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound


def _probe(host: str) -> socket.socket:
    if ":" not in host:
        return socket.socket()
    probe = socket.socket(socket.AF_INET6)
    # As the servers do: what listens on IPv4 is not in the way.
    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return probe
