"""`user add`, `user list`, `user password`, `user disable`: who may sign in to the page."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from domain.person import Role
from haulwatch.problem import USAGE, CommandError

if TYPE_CHECKING:  # the driver would slow every command
    from storage.people import People

SHORTEST_PASSWORD = 10

T = TypeVar("T")
Name = Annotated[str, typer.Argument(help="The name to sign in with: a-z, 0-9, dot, dash, underscore.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Add, list and disable those who may sign in.")
    group.command()(add)
    group.command("list")(list_)
    group.command()(password)
    group.command()(disable)
    app.add_typer(group, name="user", rich_help_panel="People")


def add(
    user: Name,
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    name: Annotated[str | None, typer.Option(help="How the page calls them.")] = None,
    district: Annotated[
        list[str] | None, typer.Option(help="A district they may see; repeat for more, none for all.")
    ] = None,
) -> None:
    """Add a user; the password is asked for, or read from standard input where that is no terminal.

    Examples:

      haulwatch user add li --role administrator

      haulwatch user add wang --role dispatcher --name 王 --district D1 --district D2
    """
    from storage.people import hash_password

    if not _is_user_id(user):
        raise CommandError(
            f"{user!r} is no name to sign in with: a-z, 0-9, dot, dash and underscore", code=USAGE
        )
    hashed = hash_password(_ask_password())

    async def run(people: "People") -> bool:
        return await people.add_user(
            user, name=name or user, role=role, district_ids=district or None, password_hash=hashed
        )

    if not _with_people(run):
        raise CommandError(
            f"there is a user {user} already; `haulwatch user password {user}` changes the password"
        )
    print(f"{user} may sign in as {role.value}{_where(district)}")


def list_() -> None:
    """List the users.

    Example:

      haulwatch user list
    """

    async def run(people: "People") -> None:
        for user in await people.users():
            state = " (disabled)" if user.disabled else " (locked for now)" if user.locked else ""
            print(f"{user.id:<20} {user.role.value:<14} {user.name}{_where(user.district_ids)}{state}")

    _with_people(run)


def password(user: Name) -> None:
    """Give a user another password; it is asked for, or read from standard input.

    Example:

      haulwatch user password li
    """
    from storage.people import hash_password

    hashed = hash_password(_ask_password())
    if not _with_people(lambda people: people.set_password(user, hashed)):
        raise CommandError(f"there is no user {user}")
    print(f"{user} has a new password and was signed out everywhere")


def disable(user: Name) -> None:
    """Sign a user out everywhere and let them in no more; what they did stays in the logs.

    Example:

      haulwatch user disable li
    """

    async def run(people: "People") -> bool:
        found = next((one for one in await people.users() if one.id == user), None)
        if found is None:
            return False
        if found.role is Role.ADMINISTRATOR and not found.disabled and await people.administrators() == 1:
            raise CommandError("somebody has to be administrator; add another one first")
        return await people.change_user(
            user, name=found.name, role=found.role, district_ids=found.district_ids, disabled=True
        )

    if not _with_people(run):
        raise CommandError(f"there is no user {user}")
    print(f"{user} can sign in no more")


def _with_people(work: Callable[["People"], Awaitable[T]]) -> T:
    from haulwatch.startup import begin, database, open_store
    from storage.people import People

    async def run(dsn: str) -> T:
        async with open_store(dsn) as store:
            return await work(People(store))

    with database(begin()) as dsn:
        return asyncio.run(run(dsn))


def _ask_password() -> str:
    """A new password; raises CommandError for one that is too short or typed differently twice."""
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\n")
    else:
        given = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != given:
            raise CommandError("the two are not the same; nothing was changed", code=USAGE)
    if len(given) < SHORTEST_PASSWORD:
        raise CommandError(f"a password needs {SHORTEST_PASSWORD} characters", code=USAGE)
    return given


def _is_user_id(text: str) -> bool:
    from re import fullmatch

    return fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", text) is not None


def _where(district_ids: object) -> str:
    return (
        f", for {', '.join(district_ids)}" if isinstance(district_ids, list | tuple) and district_ids else ""
    )
