"""How far a build is, told to whoever listens in the same process: the command line's progress bars."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from tenacity import RetryCallState

# Shorter waits are over before they are read of.
TOLD_SECONDS = 1


class Listener(Protocol):
    """Is told of every step forward."""

    def __call__(self, step: str, done: int, total: int, detail: str) -> None:
        """``done`` of ``total`` parts of ``step`` are done; ``detail`` names what is under way."""

    def tell(self, sentence: str) -> None:
        """Something the user should know of although the build goes on."""


class Report(Protocol):
    """Where a source tells how far it is; may be called from any thread."""

    def __call__(self, message: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` blocks are through, and what is being done now."""
        ...


def silent(message: str, done: int, total: int) -> None:
    """Report nothing."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(step: str, done: int, total: int, detail: str = "") -> None:
    """Tell how far a step is; goes nowhere when nobody listens, as in runs that Dagster started."""
    if listener := _listener.get():
        listener(step, done, total, detail)


def tell(sentence: str) -> None:
    """Tell the user of something that does not stop the build; in runs that Dagster started, in their log."""
    if listener := _listener.get():
        listener.tell(sentence)
    else:
        logging.getLogger("dagster.satledger").warning(sentence)


def tells_waits(who: str, why: Callable[[BaseException], str] = str) -> Callable[[RetryCallState], None]:
    """Return what tells the user, before tenacity sleeps, that somebody is waited for; short waits are not told.

    Args:
        who: is waited for, as the beginning of a sentence.
        why: what the error says of them, as the rest of it.
    """

    def before_sleep(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error and state.upcoming_sleep >= TOLD_SECONDS:
            tell(f"{who} {why(error)}: trying again in {state.upcoming_sleep:.0f} s.")

    return before_sleep


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told of all progress made inside the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
