"""A trial: something goes wrong; the next run has to give the usual result, or refuse with one sentence."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

import duckdb

from bench.faults.lab import Lab, Prints, TrialError, differences, prints


class Outcome(StrEnum):
    """How a trial ended."""

    EQUAL = "the next run gave the same bytes"
    REFUSED = "the next run refused in one sentence; once the cause was gone, the one after it gave the same bytes"
    TOLD = "the next run succeeded, and `satledger check` named the damage"
    FAILED = "failed"


@dataclass(frozen=True)
class Result:
    """The result of a trial.

    Attributes:
        what: what was done, in words.
        outcome: how it ended.
        told: the sentence with which a run refused; for a failure, what is wrong.
    """

    what: str
    outcome: Outcome
    told: str = ""


Trial = Callable[[Lab, Random], Result]


@contextmanager
def kept(path: Path) -> Iterator[Callable[[], None]]:
    """Give a function that restores a file to its present state."""
    content, mode = path.read_bytes(), path.stat().st_mode

    def put_back() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new file: the old one may be set aside, or linked.
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(mode)

    yield put_back


def recovered(
    lab: Lab,
    what: str,
    expected: Prints | None = None,
    put_back: Callable[[], None] | None = None,
    told: str = "",
    settings: Mapping[str, str] | None = None,
) -> Result:
    """Run the build again, and compare its results.

    Args:
        lab: the lab with the home.
        what: what was done before, in words.
        expected: the digests that the home has to have; by default those of an undisturbed build.
        put_back: removes the cause, if a run refuses because of it; None where the cause is gone already.
        told: the message of the run before.
        settings: environment of the run.

    Raises:
        TrialError: the run ended in a way that is not allowed, or its results differ and no message says so.
    """
    expected = lab.expected("plain") if expected is None else expected
    settings = settings or {}
    done = lab.run(**settings)
    done.check()
    if done.code < 0:
        raise TrialError(f"the next run was ended by signal {-done.code}")
    if done.code:
        if put_back is None:
            raise TrialError(f"the next run refused: {done.sentence}")
        put_back()
        again = lab.run(**settings)
        again.check()
        if again.code:
            raise TrialError(f"refused ({done.sentence}), and again with the cause gone: {again.sentence}")
        _require_equal(lab, expected)
        return Result(what, Outcome.REFUSED, done.sentence)
    try:
        found = differences(prints(lab.home), expected)
    except (TrialError, OSError, duckdb.Error) as error:
        # What cannot be read differs.
        found = [f"cannot be read: {' '.join(str(error).split())[:200]}"]
    if not found:
        return Result(what, Outcome.EQUAL, told)
    checked = lab.run("check", **settings)
    checked.check()
    if not checked.code or put_back is None:
        raise TrialError(f"the next run succeeded, but differs: {', '.join(found)[:400]}")
    return Result(what, Outcome.TOLD, checked.sentence)


def _require_equal(lab: Lab, expected: Prints) -> None:
    if found := differences(prints(lab.home), expected):
        raise TrialError(f"with the cause gone, the next run differs: {', '.join(found)[:400]}")
