"""Bulletins read from what is stated, and their Word files by the template in use, with the ground of the map."""

import asyncio
from collections.abc import Sequence

from domain.period import Period
from domain.registry import Registry, check
from exports.bulletin.bulletin import Bulletin, bulletin
from exports.bulletin.docx_file import bulletin_docx
from exports.pictures.ground import Ground, ground_of
from exports.statement import Statement
from exports.statements import Statements
from exports.words import Language
from storage.bulletin_templates import BulletinTemplates
from storage.store import RegistryVersion, Store


async def bulletin_of(
    statements: Statements, period: Period, now_ms: int, districts: frozenset[str] | None
) -> Bulletin:
    """The bulletin of a period, provisional where nothing was issued; raises NotToBeStated."""
    return await bulletin_of_stated(statements, await statements.of(period, now_ms), districts)


async def bulletin_of_stated(
    statements: Statements, stated: Sequence[Statement], districts: frozenset[str] | None
) -> Bulletin:
    """The bulletin of a period as it was stated up to a number."""
    before = await _before(statements, stated[0])
    # A month of ten thousand violations takes a second; whoever watches the stream does not wait for it.
    return await asyncio.to_thread(bulletin, stated, before, districts=districts)


async def _before(statements: Statements, first: Statement) -> tuple[Statement, ...]:
    """What had been issued of the period before, when this one was; nothing before the calendar's first."""
    try:
        before = await statements.issued(first.period.before)
    except OverflowError:
        return ()
    # What is issued afterwards would change a bulletin that people have.
    return (
        before if first.is_provisional else tuple(one for one in before if one.stated_ms <= first.stated_ms)
    )


async def bulletin_file(
    store: Store,
    found: Bulletin,
    *,
    language: Language,
    districts: frozenset[str] | None,
    organ: str,
    template: bytes | None = None,
) -> bytes:
    """The Word file of a bulletin, by a template of one's own or the city's; raises UnfitError where that is unfit."""
    template = template or await BulletinTemplates(store).content(language)
    ground = await _ground_of_version(store, found.registry_version, districts)
    return await asyncio.to_thread(
        bulletin_docx, found, language=language, template=template, ground=ground, organ=organ
    )


async def _ground_of_version(store: Store, version: int, districts: frozenset[str] | None) -> Ground | None:
    """The districts and zones of a version of the registry, or some districts of it; None where there is none."""
    found = await store.registry_version(version)
    return None if found is None else await asyncio.to_thread(_ground, found, districts)


def _ground(found: RegistryVersion, districts: frozenset[str] | None) -> Ground:
    registry = check(found.document)
    assert isinstance(registry, Registry), f"registry version {found.version} was taken and cannot be read"
    return ground_of(registry, districts)
