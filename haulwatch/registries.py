"""Reading, checking and saving the registry on behalf of the commands."""

from pathlib import Path

from domain.legal_limits import LEGAL_LIMITS
from domain.problem import Problem
from domain.registry import Registry
from domain.rule import RuleKind
from haulwatch.problem import CommandError
from protocols.jt808.catalogue import own_model
from protocols.jt808.model import ModelError
from storage.errors import VersionRefused
from storage.store import Store

MOST_SHOWN = 20
FILE_AUTHOR = "file {}"
DEMO_AUTHOR = "the demo"


def read_registry(path: Path) -> tuple[bytes, Registry]:
    """A registry file and what it says; raises CommandError that lists what is wrong, with JSON paths."""
    try:
        document = path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    return document, parse_registry(document, name=str(path))


def parse_registry(document: bytes, *, name: str) -> Registry:
    """A checked registry, of which a ruleset can be built; raises CommandError otherwise."""
    from alerts.registry_check import check_whole

    found = check_whole(document)
    if isinstance(found, Registry):
        return found
    raise CommandError(_listed(name, found))


def _listed(name: str, problems: list[Problem]) -> str:
    lines = [f"{problem.path}: {problem.message}" for problem in problems[:MOST_SHOWN]]
    more = len(problems) - MOST_SHOWN
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    return "\n".join(
        [
            f"{name} has {count}; nothing of it was applied",
            *lines,
            *([f"… and {more} more"] if more > 0 else []),
        ]
    )


async def save(
    store: Store, document: bytes, *, author: str, effective_from_ms: int | None = None, note: str = ""
) -> int:
    """Put a checked registry in force, as soon as ingest has it or at an instant; the same makes no new version.

    Raises CommandError where a version is planned for later.
    """
    try:
        return await store.save_registry(
            document, author=author, effective_from_ms=effective_from_ms, note=note
        )
    except VersionRefused as error:
        raise CommandError(
            f"{error}\n`haulwatch registry versions` lists them, `haulwatch registry cancel N` calls one off"
        ) from error


async def save_at_start(store: Store, document: bytes, *, author: str) -> int:
    """Put the registry of a start in force, unless it was loaded at an earlier one: what people changed since stays.

    Raises CommandError where a version is planned for later.
    """
    if await store.kept_since_start(document, authors=(FILE_AUTHOR.format("%"), DEMO_AUTHOR)) is None:
        return await save(store, document, author=author)
    return (await store.registry_timeline())[-1].version


def remarks(registry: Registry) -> list[str]:
    """What is no fault, but may not be meant: limits that judge nothing, rules left out, models of no use."""
    named: dict[str, list[str]] = {}
    for station in registry.stations:
        for limit_id in station.limit_ids:
            if not registry.limit_terms[limit_id].enabled:
                named.setdefault(limit_id, []).append(station.id)
    limits = [
        f"{limit_id} is disabled, so it judges nothing at {_some(stations)}"
        + (_COPY if limit_id in LEGAL_LIMITS else "")
        for limit_id, stations in named.items()
    ]
    missing = _kinds_left_out(registry)
    rules = [f"no rule judges {', '.join(missing)}"] if missing else []
    return [*limits, *rules, *_models_of_no_use(registry)]


def _models_of_no_use(registry: Registry) -> list[str]:
    """The device models that no terminal can have, each with the field at fault."""
    said = []
    for model in registry.device_models:
        try:
            own_model(model)
        except ModelError as error:
            said.append(f"the device model {model.id} can be no terminal's: {error}")
    return said


def _kinds_left_out(registry: Registry) -> list[str]:
    """The kinds that no enabled rule of a list is of; without a list every kind judges."""
    if registry.rules is None:
        return []
    judging = {rule.kind for rule in registry.rules if rule.enabled}
    return [kind.value for kind in RuleKind if kind not in judging]


_COPY = (
    ": its numbers are not verified; check the standard, then copy it into your own limits "
    "(`haulwatch registry limits ID` prints it)"
)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"


def summary(registry: Registry) -> str:
    """What a registry holds, in a line."""
    parts = {
        "vehicles": registry.vehicles,
        "stations": registry.stations,
        "zones": registry.zones,
        "routes": registry.routes,
        "permits": registry.permits,
    }
    return ", ".join(f"{len(entries):,} {what}" for what, entries in parts.items())
