"""Brokers and a running ingest for these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brokers import mosquitto, mosquitto_is_required, nats, why_no_mosquitto


@pytest.fixture
def nats_url(tmp_path: Path) -> Iterator[str]:
    """An embedded NATS server of one's own."""
    with nats(tmp_path / "nats") as url:
        yield url


@pytest.fixture
def mosquitto_url(tmp_path: Path) -> Iterator[str]:
    """A Mosquitto of one's own; skipped where it is not installed, unless CI must have it."""
    reason = why_no_mosquitto()
    if reason is not None and mosquitto_is_required():
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with mosquitto(tmp_path / "mosquitto") as url:
        yield url


@pytest.fixture(params=["nats", "mosquitto"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """Each broker in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))
