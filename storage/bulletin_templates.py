"""The city's own templates of the bulletin, one a language."""

from collections.abc import Sequence

from msgspec import Struct

from storage.verbs import Verbs


class TemplateHead(Struct, frozen=True, kw_only=True):
    """A template without its content."""

    language: str
    name: str
    bytes: int
    author: str
    at_ms: int


class BulletinTemplates(Verbs):
    """The templates of one database."""

    QUERIES = "bulletin_templates"

    async def heads(self) -> Sequence[TemplateHead]:
        """All of them by language."""
        return [TemplateHead(**row) for row in await self._fetch("heads")]

    async def content(self, language: str) -> bytes | None:
        """The Word file; None where the ready-made one is used."""
        rows = await self._fetch("content", language)
        return bytes(rows[0]["content"]) if rows else None

    async def keep(self, language: str, *, name: str, content: bytes, author: str) -> None:
        """Keep one in the place of the one before."""
        await self._fetch("keep", language, name, content, author)

    async def drop(self, language: str) -> bool:
        """Go back to the ready-made one; False where that is used already."""
        return bool(await self._fetch("drop", language))
