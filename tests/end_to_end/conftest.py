"""Brokers for these tests beside the embedded one."""

from tests.ingest.conftest import mosquitto_url

__all__ = ["mosquitto_url"]
