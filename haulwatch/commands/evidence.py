"""`evidence` and `verify`: the bundle of an alert, and whether one is as it was made."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from haulwatch.registry_words import Language

if TYPE_CHECKING:
    from storage.exhibits import Exhibit

PANEL = "Evidence"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(evidence)
    app.command(rich_help_panel=PANEL)(verify)


def evidence(
    alert_id: Annotated[UUID, typer.Argument(help="The alert's id, as the page and the API give it.")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the zip.", dir_okay=False)],
    language: Annotated[
        Language, typer.Option("--lang", help="The language of the page in it.")
    ] = Language.ZH,
) -> None:
    """Write all that an alert rests on as one zip that others can read, check and judge again.

    Example:

      haulwatch evidence 6b0f4c2e-8d7a-5f3b-9c1d-2e4f6a8b0c1d --out case.zip
    """
    from exports.bundle.making import make_bundle
    from haulwatch.problem import CommandError
    from haulwatch.startup import begin, database, open_store
    from storage.people import People

    async def run(dsn: str) -> None:
        async with open_store(dsn) as store:
            found: Exhibit | None = await store.exhibit(alert_id)
            if found is None:
                raise CommandError(f"there is no alert {alert_id}")
            bundle = make_bundle(found, language.value)
            out.write_bytes(bundle.content)
            detail = {
                "number": bundle.number,
                "revision": found.case.alert.revision,
                "lang": language.value,
            }
            await People(store).note(None, "evidence", f"alert:{alert_id}", detail=detail)
        print(f"{out}: {len(bundle.content):,} bytes, number {bundle.number}")
        if bundle.judging.how == "none":
            print(f"It cannot be judged again from this: {bundle.judging.reason}")
        elif not bundle.judging.agreed:
            raise CommandError("judging what is in it again does not give the alert as it is stored")

    with database(begin()) as dsn:
        asyncio.run(run(dsn))


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip.", exists=True, dir_okay=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check that a bundle of evidence is as it was made, and judge its alert again. Needs no database.

    Ends with code 0 where nothing speaks against it, with 1 where something was changed or judging it again gives
    something else. Digests tell that nothing was changed since, not who made it: compare the number with the one in
    the audit log of whoever did.

    Example:

      haulwatch verify case.zip
    """
    import msgspec

    from exports.bundle.checking import check_bundle
    from exports.bundle.container import MOST_BYTES
    from haulwatch.problem import CommandError
    from haulwatch.verdicts import lines_of

    size = bundle.stat().st_size
    if size > MOST_BYTES:
        raise CommandError(f"the file has {size:,} bytes, a bundle at most {MOST_BYTES:,}")
    verdict = check_bundle(bundle.read_bytes())
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(verdict), indent=2).decode())
    else:
        print("\n".join(lines_of(verdict)))
    if not verdict.holds:
        raise typer.Exit(1)
