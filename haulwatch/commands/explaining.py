"""`explain`: why an alert was raised."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from haulwatch.registry_words import Language


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel="Keep it running")(explain)


def explain(
    alert_id: Annotated[UUID, typer.Argument(help="The alert's id, as the page and the API give it.")],
    *,
    language: Annotated[Language, typer.Option(help="The language of the rule's words.")] = Language.EN,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Say why an alert was raised: rule, permit and limit of the registry version that judged it, the evidence, the
    reports around it, every stored change, and how complete the device's data are.

    Example:

      haulwatch explain 6b0f4c2e-8d7a-5f3b-9c1d-2e4f6a8b0c1d
    """
    from api.explanation import explain as explained
    from api.explanation_shapes import Explanation
    from haulwatch.explaining import lines_of
    from haulwatch.problem import CommandError
    from haulwatch.startup import begin, database, open_store

    async def run(dsn: str) -> Explanation | None:
        async with open_store(dsn) as store:
            return await explained(store, alert_id)

    with database(begin()) as dsn:
        found = asyncio.run(run(dsn))
    if found is None:
        raise CommandError(f"there is no alert {alert_id}")
    if as_json:
        print(found.model_dump_json(indent=2))
        return
    for line in lines_of(found, language.value):
        print(line)
    print(f"\nAll of it as a file that others can check: haulwatch evidence {alert_id} --out FILE.zip")
