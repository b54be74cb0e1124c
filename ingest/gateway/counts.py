"""What a gateway counts: for Prometheus, and as one line of log a minute."""

from collections import Counter as Tally

import structlog
from prometheus_client import Counter, Gauge

from runtime.clock import monotonic_s
from runtime.metrics import Metrics

SAY_EVERY_S = 60.0

_log = structlog.get_logger(__name__)


class GatewayCounts:
    """The counts of one gateway."""

    def __init__(self, metrics: Metrics, protocol: str) -> None:
        registry = metrics.registry
        self._protocol = protocol
        self._links = Gauge("haulwatch_gateway_connections", "Connections of a gateway", registry=registry)
        self._strangers = Gauge(
            "haulwatch_gateway_strangers", "Connections that have not signed on", registry=registry
        )
        self._lag_s = Gauge("haulwatch_gateway_lag_seconds", "How late its loop is", registry=registry)
        self._frames = Counter("haulwatch_gateway_frames", "Whole good frames", registry=registry)
        self._refused = Counter(
            "haulwatch_gateway_refused", "Frames refused, by reason", ("reason",), registry=registry
        )
        self._forgiven = Counter(
            "haulwatch_gateway_forgiven",
            "Frames taken in spite of a fault, by fault",
            ("fault",),
            registry=registry,
        )
        self._settled = Counter(
            "haulwatch_gateway_settled",
            "Frames published, by whether the broker has confirmed them",
            ("confirmed",),
            registry=registry,
        )
        self._confirmed, self._unconfirmed = self._settled.labels("yes"), self._settled.labels("no")
        self._closed = Counter(
            "haulwatch_gateway_closed", "Connections that ended, by reason", ("why",), registry=registry
        )
        self._faults = Counter("haulwatch_gateway_faults", "Faults of ours", registry=registry)
        self._since: Tally[str] = Tally()
        self._said_s = monotonic_s()

    def frame(self) -> None:
        """A whole good frame."""
        self._frames.inc()
        self._since["frames"] += 1

    def refused(self, reason: str) -> None:
        """A frame was refused."""
        self._refused.labels(reason).inc()
        self._since["refused"] += 1

    def forgiven(self, fault: str) -> None:
        """A frame was taken in spite of a fault that the protocol or its terminal's settings forgive."""
        self._forgiven.labels(fault).inc()
        self._since["forgiven"] += 1

    def settled(self, *, confirmed: bool) -> None:
        """The broker has confirmed what was published of a frame, or was given up."""
        (self._confirmed if confirmed else self._unconfirmed).inc()
        self._since["confirmed" if confirmed else "unconfirmed"] += 1

    def closed(self, why: str) -> None:
        """A connection ended."""
        self._closed.labels(why).inc()
        self._since[f"closed_{why}"] += 1

    def fault(self) -> None:
        """A fault of ours."""
        self._faults.inc()

    def looked(self, *, links: int, strangers: int, lag_s: float) -> None:
        """How it is now; said once a minute where anything happened."""
        self._links.set(links)
        self._strangers.set(strangers)
        self._lag_s.set(max(lag_s, 0.0))
        now_s = monotonic_s()
        if now_s - self._said_s >= SAY_EVERY_S:
            self._said_s = now_s
            if self._since:
                _log.info(
                    "gateway",
                    action="gateway_minute",
                    protocol=self._protocol,
                    connections=links,
                    strangers=strangers,
                    **self._since,
                )
                self._since.clear()
