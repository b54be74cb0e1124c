"""What the processes count, for Prometheus. The registry is an object that is made and passed on.

A counter says how much; the loss account in the database says for which device and day.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

STEP_BUCKETS_S = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter("received", "Elements taken from the broker")
        self.stored = self._counter("stored", "Elements stored")
        self.duplicate = self._counter("duplicate", "Elements that were stored before")
        self.rejected = self._counter("rejected", "Elements refused, by reason", "reason")
        self.late = self._counter("late", "Reports that came after a newer one was judged")
        self.retries = self._counter("retries", "Batches that had to be tried again", "cause")
        self.alert_changes = self._counter("alert_changes", "Alert changes written")
        self.queue_depth = Gauge(
            "haulwatch_queue_depth", "Messages waiting to be batched", registry=self.registry
        )
        self.slots = Gauge("haulwatch_slots", "Slots that this worker holds", registry=self.registry)
        self.stream_clients = Gauge(
            "haulwatch_stream_clients", "Clients of the live stream", registry=self.registry
        )
        self.stream_drops = self._counter("stream_drops", "Clients of the live stream told to reload")
        self.webhook_attempts = self._counter("webhook_attempts", "Webhook deliveries, by outcome", "outcome")
        self.webhook_behind = self._gauge(
            "webhook_behind", "Changes and acts that a target is behind by", "target"
        )
        self.dead_letters = self._gauge("dead_letters", "Events that a webhook's target refused", "target")
        self.step_s = Histogram(
            "haulwatch_step_seconds",
            "How long a step of a batch took",
            ("step",),
            buckets=STEP_BUCKETS_S,
            registry=self.registry,
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"haulwatch_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"haulwatch_{name}", meaning, labels, registry=self.registry)

    def serve(self, port: int, host: str = "127.0.0.1") -> Callable[[], None]:
        """Show the metrics over HTTP from a thread of its own, and give what ends it; raises OSError if the port is taken."""
        server, thread = start_http_server(port, addr=host, registry=self.registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop
