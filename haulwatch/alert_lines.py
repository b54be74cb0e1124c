"""The alerts in the terminal of `up`: one line when an alert is raised, and one when it gets graver.

Ends and corrections are on the page and in the API; a line for each would bury what is new. What late
reports showed is printed quietly: it is over, or has gone on for a while.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from rich.console import Console
from rich.text import Text

from exports.sentences import sentences
from haulwatch.registries import parse_registry
from storage.errors import StorageUnavailable
from storage.store import AlertRow, Store

log = structlog.get_logger()

STYLES = {"critical": "bold white on red", "major": "bold red", "minor": "yellow", "info": "cyan"}
RETRY_S = 1.0


class AlertLines:
    """Follows the numbered alert changes and prints what is new."""

    def __init__(self, store: Store, console: Console) -> None:
        self._store = store
        self._console = console
        self._names: dict[str, str] = {}
        self._zone_names: dict[str, str] = {}
        self._timezone = ZoneInfo("Asia/Shanghai")
        self._shown: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Print from the newest change on until `stop` is set; waits out a database that is away."""
        await self._read_names()
        number = (await self._store.change_bounds())[1]
        while not stop.is_set():
            try:
                async for _ in self._store.wait_for_changes():
                    number = await self._tell_after(number)
            except StorageUnavailable:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RETRY_S)

    async def _tell_after(self, number: int) -> int:
        while changes := await self._store.alert_changes(number):
            for change in changes:
                await self._tell(change.alert)
                number = change.number
        return number

    async def _tell(self, alert: AlertRow) -> None:
        key = str(alert.id)
        if alert.withdrawn is not None or self._shown.get(key) == alert.severity:
            return
        self._shown[key] = alert.severity
        subject = alert.vehicle_id or alert.station_id or alert.area or alert.subject
        if subject not in self._names or not set(alert.zone_ids) <= self._zone_names.keys():
            await self._read_names()
        self._console.print(self.line(alert, self._names.get(subject, subject)))

    def line(self, alert: AlertRow, name: str) -> Text:
        """What is printed for an alert about the vehicle or station of this name."""
        at = datetime.fromtimestamp(alert.started_ms / 1000, UTC).astimezone(self._timezone)
        line = Text()
        line.append(f"{at:%H:%M:%S}  ")
        line.append(f"{alert.severity:<8}", style=STYLES.get(alert.severity, ""))
        line.append(f"  {alert.rule:<16}  ")
        line.append(f"{name}  ", style="bold")
        line.append(sentences(alert.evidence, self._zone_names, self._timezone).get("en", ""))
        if alert.found_late:
            return Text(f"{line.plain} (late)", style="dim")
        return line

    async def _read_names(self) -> None:
        newest = await self._store.newest_registry()
        if newest is None:
            return
        registry = parse_registry(newest.document, name=f"registry version {newest.version}")
        self._timezone = ZoneInfo(registry.timezone)
        self._names = {v.id: v.plate or v.id for v in registry.vehicles}
        self._names |= {s.id: s.name or s.id for s in registry.stations}
        self._zone_names = {z.id: z.name or z.id for z in registry.zones}
