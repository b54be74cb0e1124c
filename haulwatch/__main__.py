"""The command `haulwatch`: gathers the commands, and turns expected failures into one line and an exit code."""

import os
import sys

import typer

from haulwatch.commands import (
    benching,
    evidence,
    explaining,
    exporting,
    gateway,
    judging,
    people,
    registry,
    serving,
    simulating,
    upkeep,
)
from haulwatch.problem import USAGE, CommandError

app = typer.Typer(
    name="haulwatch",
    help="Watches muck trucks, refuse trucks and site dust: every fix judged, every violation shown within a second.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    serving,
    gateway,
    registry,
    people,
    simulating,
    judging,
    exporting,
    explaining,
    evidence,
    upkeep,
    benching,
):
    part.add_to(app)


def main() -> None:
    """Run the command line; expected failures end with one line on standard error and code 1 or 2."""
    try:
        app()
    except CommandError as error:
        _say(str(error))
        sys.exit(error.code)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        message, code = _expected(error)
        if message is None:
            raise
        _say(message)
        sys.exit(code)


def _expected(error: Exception) -> tuple[str | None, int]:
    # Imported late: `haulwatch --help` needs neither drivers nor settings.
    from ingest.embedded import BrokerError
    from ingest.slots import SlotsDiffer
    from runtime.settings import SettingsError
    from storage.errors import StorageError

    if isinstance(error, SettingsError | SlotsDiffer):
        return str(error), USAGE
    if isinstance(error, StorageError):
        return f"{error} (`haulwatch doctor` looks at every part)", 1
    if isinstance(error, BrokerError | PermissionError | FileNotFoundError | IsADirectoryError):
        return str(error), 1
    return None, 1


def _say(message: str) -> None:
    for line in message.splitlines():
        print(f"haulwatch: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
