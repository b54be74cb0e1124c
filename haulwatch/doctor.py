"""`haulwatch doctor`: looks at every part from the outside and says what is wrong and how to mend it.

It starts nothing and changes nothing, but for one message that it publishes to itself.
"""

import json
import os

from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table

from haulwatch import checks
from haulwatch.checks import Finding, Health
from haulwatch.running import Running, find_running
from haulwatch.upkeep import versions
from runtime.settings import PREFIX, Settings, SettingsError, documentation, load_settings

SIGNS = {
    Health.OK: "[green]ok[/]",
    Health.WARNING: "[yellow]warning[/]",
    Health.BROKEN: "[bold red]broken[/]",
}


class SettingShown(Struct, frozen=True, kw_only=True):
    """One setting as it is in force; a password in it is hidden."""

    variable: str
    value: str
    source: str
    unit: str
    meaning: str


class Examination(Struct, frozen=True, kw_only=True):
    """Everything the doctor saw."""

    findings: tuple[Finding, ...]
    settings: tuple[SettingShown, ...]
    versions: dict[str, str]

    @property
    def is_broken(self) -> bool:
        """Whether something has to be mended before the service can work."""
        return any(finding.health is Health.BROKEN for finding in self.findings)


def run_doctor(*, as_json: bool) -> int:
    """Examine, print, and give the exit code: 1 if something is broken."""
    found = examine()
    if as_json:
        print(json.dumps(to_builtins(found), indent=1, ensure_ascii=False))
    else:
        _print(found, Console(soft_wrap=True))
    return 1 if found.is_broken else 0


def examine() -> Examination:
    """Look at every part."""
    always = (checks.check_python(), checks.check_clock(), checks.check_timezones(), checks.check_page())
    try:
        settings = load_settings()
    except SettingsError as error:
        wrong = [
            Finding(part="settings", health=Health.BROKEN, says=problem, mend="correct it in the environment")
            for problem in error.problems
        ]
        return Examination(findings=(*wrong, *always), settings=_given(), versions=versions())
    running = find_running(settings.data_dir)
    servers = (
        _database(settings, running),
        _docking(settings, running),
        _broker(settings, running),
        _port(settings, running),
        checks.check_data_dir(settings.data_dir),
    )
    return Examination(findings=(*servers, *always), settings=_in_force(settings), versions=versions())


def _database(settings: Settings, running: Running | None) -> Finding:
    if settings.database_url:
        return checks.check_database(settings.database_url.reveal())
    if running is not None:
        return checks.check_database(running.database_url)
    return Finding(part="database", health=Health.OK, says="embedded PostgreSQL; `haulwatch up` starts it")


def _docking(settings: Settings, running: Running | None) -> Finding:
    if settings.database_url:
        return checks.check_docking(settings.database_url.reveal())
    if running is not None:
        return checks.check_docking(running.database_url)
    return Finding(part="docking", health=Health.OK, says="`haulwatch up` delivers webhooks")


def _broker(settings: Settings, running: Running | None) -> Finding:
    if settings.broker_url:
        return checks.check_broker(settings.broker_url.reveal())
    if running is not None:
        return checks.check_broker(running.broker_url)
    return Finding(part="broker", health=Health.OK, says="embedded NATS server; `haulwatch up` starts it")


def _port(settings: Settings, running: Running | None) -> Finding:
    if running is not None:
        return Finding(part="port", health=Health.OK, says=f"{running.page_url} is ours")
    return checks.check_port(settings.http_host, settings.http_port)


def _in_force(settings: Settings) -> tuple[SettingShown, ...]:
    shown = []
    for doc in documentation():
        name = doc.variable.removeprefix(PREFIX).lower()
        value = getattr(settings, name)
        shown.append(
            SettingShown(
                variable=doc.variable,
                value="" if value is None else str(value),
                source="environment" if name in settings.model_fields_set else "default",
                unit=doc.unit,
                meaning=doc.meaning,
            )
        )
    return tuple(shown)


def _given() -> tuple[SettingShown, ...]:
    """The settings while they cannot be read as a whole: which are given, without their values."""
    return tuple(
        SettingShown(
            variable=doc.variable,
            value="",
            source="environment" if os.environ.get(doc.variable) else "default",
            unit=doc.unit,
            meaning=doc.meaning,
        )
        for doc in documentation()
    )


def _print(found: Examination, console: Console) -> None:
    table = Table(title="Settings", title_justify="left")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from")
    for setting in found.settings:
        is_given = setting.source != "default"
        value = f"{setting.value} {setting.unit}".strip() if setting.value else ""
        table.add_row(setting.variable, value, setting.source, style="bold" if is_given else "dim")
    console.print(table)
    console.print("Versions  " + "  ".join(f"{name} {number}" for name, number in found.versions.items()))
    table = Table(title="Parts", title_justify="left")
    for column in ("part", "", "says", "to mend"):
        table.add_column(column, overflow="fold")
    for finding in found.findings:
        table.add_row(finding.part, SIGNS[finding.health], finding.says, finding.mend or "")
    console.print(table)
