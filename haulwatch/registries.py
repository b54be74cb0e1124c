"""Reading, checking and saving the registry on behalf of the commands."""

from pathlib import Path

from domain.problem import Problem
from domain.registry import Registry
from haulwatch.problem import CommandError
from runtime.clock import now_ms
from storage.store import Store

MOST_SHOWN = 20


def read_registry(path: Path) -> tuple[bytes, Registry]:
    """A registry file and what it says; raises CommandError that lists what is wrong, with JSON paths."""
    try:
        document = path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    return document, parse_registry(document, name=str(path))


def parse_registry(document: bytes, *, name: str) -> Registry:
    """A checked registry, of which a ruleset can be built; raises CommandError otherwise."""
    from alerts.ruleset import Ruleset
    from domain.registry import check

    found = check(document)
    if isinstance(found, Registry):
        try:
            Ruleset.build(found, version=1)
        except ValueError as error:
            raise CommandError(f"{name}: {error}; nothing of it was applied") from error
        return found
    raise CommandError(_listed(name, list(found)))


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


async def save(store: Store, document: bytes, *, author: str) -> int:
    """Put a checked registry in force from now on; the same one again makes no new version."""
    return await store.save_registry(document, author=author, effective_from_ms=now_ms())


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
