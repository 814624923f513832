"""Progress of a build, for a listener in the same process: the command line's progress bars."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from tenacity import RetryCallState

# Shorter waits would be over before the user reads the message.
TOLD_SECONDS = 1


class Listener(Protocol):
    """Receives all progress."""

    def __call__(self, step: str, done: int, total: int, detail: str) -> None:
        """Receive that ``done`` of ``total`` parts of ``step`` are done; ``detail`` says what is being done."""

    def tell(self, sentence: str) -> None:
        """Receive a message for the user that does not stop the build."""


class Report(Protocol):
    """How a source reports its progress; may be called from any thread."""

    def __call__(self, message: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` blocks are done, and what is being done now."""
        ...


def silent(message: str, done: int, total: int) -> None:
    """Report nothing."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(step: str, done: int, total: int, detail: str = "") -> None:
    """Report the progress of a step; ignored without a listener, as in runs that Dagster started."""
    if listener := _listener.get():
        listener(step, done, total, detail)


def tell(sentence: str) -> None:
    """Show the user a message that does not stop the build; in runs that Dagster started it goes to their log."""
    if listener := _listener.get():
        listener.tell(sentence)
    else:
        logging.getLogger("dagster.satledger").warning(sentence)


def tells_waits(who: str, why: Callable[[BaseException], str] = str) -> Callable[[RetryCallState], None]:
    """Return a ``before_sleep`` for tenacity that tells the user what is waited for; short waits are not reported.

    Args:
        who: what is waited for, as the beginning of a sentence.
        why: the reason from the error, as the rest of the sentence.
    """

    def before_sleep(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error and state.upcoming_sleep >= TOLD_SECONDS:
            tell(f"{who} {why(error)}: trying again in {state.upcoming_sleep:.0f} s.")

    return before_sleep


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send all progress inside the block to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
