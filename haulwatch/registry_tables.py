"""What the `registry` commands print: versions, differences in words, the ready-made limits."""

import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.difference import Difference
from domain.entry_fields import window_text
from domain.legal_limits import LEGAL_LIMITS, LegalLimit
from domain.limit_document import limit_document
from haulwatch.registry_words import Words, local_text
from storage.store import RegistryHead


def print_versions(
    heads: Sequence[RegistryHead], *, in_force: int, planned: set[int], zone: ZoneInfo
) -> None:
    """A line a version, newest first."""
    table = Table(
        title=f"Versions of the registry, times in {zone.key}", title_justify="left", pad_edge=False
    )
    table.add_column("version", justify="right")
    for name in ("state", "in force from", "saved", "author", "note"):
        table.add_column(name, overflow="fold")
    for head in heads:
        table.add_row(
            str(head.version),
            _state(head, in_force, planned),
            local_text(head.effective_from_ms, zone),
            local_text(head.saved_ms, zone),
            Text(head.author),
            Text(head.note),
        )
    Console().print(table)


def print_difference(difference: Difference, words: Words, *, title: str, most: int | None = None) -> None:
    """A line an entry that was added, removed or changed; no more than `most` of them."""
    if difference.is_empty:
        print(f"{title}: nothing that is judged by differs")
        return
    table = Table(title=title, title_justify="left", pad_edge=False)
    for name in ("what", "id", "name", "difference"):
        table.add_column(name, overflow="fold")
    rows = [(change.path, "", "", words.field(change)) for change in difference.fields] + [
        (words.section(section.section), entry.id, entry.label, words.what(entry))
        for section in difference.sections
        for entry in section.entries
    ]
    for row in rows[:most]:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    console.print(table)
    if most is not None and len(rows) > most:
        print(f"… and {len(rows) - most:,} more; `haulwatch registry diff` shows them all")


def print_difference_json(difference: Difference, *, old: int, new: int) -> None:
    """The structured difference of two versions, as the API gives it."""
    print(
        json.dumps({"from": old, "to": new, **msgspec.to_builtins(difference)}, ensure_ascii=False, indent=1)
    )


def print_limits() -> None:
    """The ready-made limits: terms, source, and how far the numbers were checked."""
    console = Console(highlight=False)
    for limit_id, entry in LEGAL_LIMITS.items():
        status = "" if entry.verified else " [yellow](disabled)[/]"
        console.print(f"[bold]{limit_id}[/]{status}", soft_wrap=True)
        where = ", ".join(filter(None, (entry.region, entry.terms.stage)))
        for line in (terms_text(entry), f"{where}: {entry.source}", entry.checked):
            console.print(f"    {line}", markup=False, soft_wrap=True)
    print("\nA station may name one in limit_ids. A disabled one judges nothing until you copy it into")
    print("your own limits under an id of your own: `haulwatch registry limits ID` prints it.")


def print_limit(entry: LegalLimit) -> None:
    """One ready-made limit as an entry to paste into `limits`, enabled, under an id of one's own."""
    own = msgspec.structs.replace(entry.terms, id=f"OWN-{entry.terms.id}", enabled=True)
    print(json.dumps(limit_document(own), ensure_ascii=False, indent=1))


def terms_text(entry: LegalLimit) -> str:
    """The terms of a ready-made limit in a line."""
    terms = entry.terms
    over = "" if not terms.minus_background else " over background"
    parts = [f"{terms.quantity.value} mean of {terms.window_s // 60} min > {terms.limit:g}{over}"]
    if terms.background_cap is not None:
        parts.append(f"background at most {terms.background_cap:g}")
    if terms.aqi_correction is not None:
        aqi = terms.aqi_correction
        parts.append(f"less {aqi.subtract:g} at AQI {aqi.from_aqi:g} to {aqi.to_aqi:g}")
    if terms.exceedances_allowed_per_day:
        parts.append(f"{terms.exceedances_allowed_per_day} a day allowed")
    if terms.clear_below is not None:
        parts.append(f"until below {terms.clear_below:g}")
    parts.extend(window_text(window) for window in terms.windows)
    return ", ".join(parts)


def _state(head: RegistryHead, in_force: int, planned: set[int]) -> Text:
    if head.cancelled_by is not None:
        return Text(f"cancelled by {head.cancelled_by}", style="dim")
    if head.version == in_force:
        return Text("in force", style="bold green")
    return Text("planned", style="yellow") if head.version in planned else Text("")
