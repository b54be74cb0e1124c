"""The line of an alert in the terminal of `up`."""

import io

import pytest
from rich.console import Console

from haulwatch.alert_lines import AlertLines
from storage.alert_log import alert_of
from storage.store import Store
from tests.storage.made import finding


@pytest.mark.parametrize("late", [False, True])
async def test_an_alert_that_came_of_late_reports_is_printed_quietly(store: Store, late: bool) -> None:
    lines = AlertLines(store, Console(file=io.StringIO()))
    line = lines.line(alert_of(finding(late=late)), "粤A12345")
    assert "粤A12345" in line.plain
    assert line.plain.endswith(" (late)") is late
    assert (line.style == "dim") is late
