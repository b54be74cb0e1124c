"""The shares of a backtest in processes of their own, the first of them in this one, and what they give.

A share is a description that can be sent to a process; each process builds the rulesets for itself.
"""

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from ctypes import c_double
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import SynchronizedArray
from typing import Protocol, TypeAlias

import msgspec

from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.registry import Registry
from ingest.backtest_coverage import Heard
from ingest.backtest_finish import brought_together
from ingest.backtest_fold import Fold, Found, folds_of
from storage.errors import StorageError

PROCESSES = 2
_LOOK_EVERY_S = 0.2

Progress = Callable[[float, int], None]
"""Hears how much is done, from 0 to 1, and how many reports were read; what it raises ends the backtest."""

Shown: TypeAlias = "SynchronizedArray[float]"


class Judges(msgspec.Struct, frozen=True, kw_only=True):
    """A registry that judges all of the data, and the version that its alerts name."""

    registry: Registry
    version: int = 1

    def ruleset(self) -> Ruleset:
        """Compile it; raises ValueError for what cannot be used."""
        return Ruleset.build(self.registry, version=self.version)


class Account(msgspec.Struct, kw_only=True):
    """The loss account by element; `until_ms` is the time that has passed for every device in the end.

    `warm_up` reports were judged for the state they leave only, and are counted nowhere else. `heard` has what
    each share heard in a span of history, of a capture nothing.
    """

    received: int = 0
    stored: int = 0
    rejected: int = 0
    warm_up: int = 0
    until_ms: int = 0
    heard: list[Heard] = []


class Share(Protocol):
    """Some devices of something that can be read."""

    def judge(self, folds: Sequence[Fold], on_progress: Progress) -> Account:
        """Read these devices' reports, show them to each fold, and let time pass."""
        ...


class Judged(msgspec.Struct, kw_only=True):
    """The account of all shares, and for each ruleset its alerts."""

    account: Account
    alerts: tuple[tuple[Finding, ...], ...]


_Answer = tuple[Account, list[Found]]


def judge_shares(judges: Sequence[Judges], shares: Sequence[Share], on_progress: Progress) -> Judged:
    """Judge every share by each of the rulesets; raises what a share raises, and leaves no process behind."""
    # Spawned, not forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    shown: Shown = context.Array(c_double, 2 * len(shares))
    children: list[tuple[BaseProcess, Connection]] = []
    try:
        for number, share in enumerate(shares[1:], start=1):
            ours, theirs = context.Pipe(duplex=False)
            process: BaseProcess = context.Process(
                target=_child, args=(theirs, shown, number, tuple(judges), share), daemon=True
            )
            with _deaf_to_interrupts():
                process.start()
            theirs.close()
            children.append((process, ours))
        folds = folds_of(one.ruleset() for one in judges)
        answers = [_judge(folds, shares[0], _teller(shown, 0, on_progress))]
        answers += [_answer(ours, shown, on_progress) for _, ours in children]
        on_progress(1.0, int(sum(shown[1::2])))
        return _together([fold.ruleset for fold in folds], answers)
    finally:
        for process, ours in children:
            ours.close()
            process.kill()
            process.join()


def _together(rulesets: Sequence[Ruleset], answers: Sequence[_Answer]) -> Judged:
    accounts = [account for account, _ in answers]
    account = Account(
        received=sum(one.received for one in accounts),
        stored=sum(one.stored for one in accounts),
        rejected=sum(one.rejected for one in accounts),
        warm_up=sum(one.warm_up for one in accounts),
        until_ms=max(one.until_ms for one in accounts),
        heard=[heard for one in accounts for heard in one.heard],
    )
    alerts = tuple(
        brought_together(ruleset, [found[at] for _, found in answers], until_ms=account.until_ms)
        for at, ruleset in enumerate(rulesets)
    )
    return Judged(account=account, alerts=alerts)


def _judge(folds: Sequence[Fold], share: Share, on_progress: Progress) -> _Answer:
    with _few_collections():
        account = share.judge(folds, on_progress)
    return account, [fold.found() for fold in folds]


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    # States make no cycles: a twentieth of the time goes into looking for them.
    threshold = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)


def _teller(shown: Shown, number: int, on_progress: Progress) -> Progress:
    """Tell where this share is; what is passed on is the sum of all."""

    def tell(done: float, reports: int) -> None:
        shown[2 * number], shown[2 * number + 1] = done, reports
        _pass_on(shown, on_progress)

    return tell


def _pass_on(shown: Shown, on_progress: Progress) -> None:
    done = shown[0::2]
    on_progress(sum(done) / len(done), int(sum(shown[1::2])))


def _answer(ours: Connection, shown: Shown, on_progress: Progress) -> _Answer:
    while not ours.poll(_LOOK_EVERY_S):
        _pass_on(shown, on_progress)
    try:
        answer: _Answer | Exception = ours.recv()
    except EOFError as error:
        raise RuntimeError("a backtest process died") from error
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started meanwhile hears no Ctrl-C, which reaches all of a terminal; whoever started it ends it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which a new process inherits
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _child(theirs: Connection, shown: Shown, number: int, judges: Sequence[Judges], share: Share) -> None:
    try:
        folds = folds_of(one.ruleset() for one in judges)
        theirs.send(_judge(folds, share, _teller(shown, number, _end_as_an_orphan)))
    except (ValueError, OSError, StorageError) as error:
        theirs.send(error)


def _end_as_an_orphan(_done: float, _reports: int) -> None:
    """Whoever waited for the answer may have been killed."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)
