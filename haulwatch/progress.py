"""Progress bars for long work: a share from 0 to 1, shown on a terminal and silent elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from runtime.clock import monotonic_s


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error; call what it yields with the share that is done."""
    with _bar(title) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda share: progress.update(task, completed=share)


@contextmanager
def rate_bar(title: str, unit: str) -> Iterator[Callable[[float, int], None]]:
    """As `progress_bar`, with a rate: call what it yields with the share and the number that are done."""
    began_s = monotonic_s()
    rate = TextColumn("{task.fields[rate]:,.0f} " + unit + "/s")
    with _bar(title, rate, TimeElapsedColumn()) as progress:
        task = progress.add_task(title, total=1.0, rate=0.0)

        def show(share: float, count: int) -> None:
            seconds = max(monotonic_s() - began_s, 0.001)
            progress.update(task, completed=share, rate=count / seconds)

        yield show


def _bar(title: str, *more: ProgressColumn) -> Progress:
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), *more, TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
