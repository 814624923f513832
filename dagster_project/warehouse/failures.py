"""Why dbt failed, in one sentence: for a broken invariant, with the day and the first row that breaks it."""

import json
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.database import connect, damaged_beginning, explained, explanation, reading
from dagster_project.errors import DamagedError, SatledgerError
from dagster_project.settings import Settings
from dagster_project.warehouse.dbt_run import Outcome
from dagster_project.warehouse.engine import ModelEngine
from dagster_project.warehouse.state import has_table

# Where Spark's additions to a message begin: the error class, the whole query, Java's stack trace.
_JAVA = re.compile(r"SQLSTATE|== SQL|JVM stacktrace|\n\s+at ")


@dataclass(frozen=True)
class BrokenInvariant:
    """A dbt test that failed, with its first row: tests of invariants have the columns day, offender and detail."""

    name: str
    first: Mapping[str, object]

    def __str__(self) -> str:
        """The failure as one clause."""
        if {"day", "offender", "detail"} <= self.first.keys():
            row = self.first
            return f"Invariant {self.name} is broken on {row['day']}: {row['offender']}: {row['detail']}"
        values = ", ".join(f"{name} {value}" for name, value in self.first.items())
        return f"Invariant {self.name} is broken: {values or 'the rows that break it are gone'}"


def _results(target: Path, status: str) -> list[dict[str, Any]]:
    path = target / "run_results.json"
    # If dbt was killed, there is none.
    if not path.is_file():
        return []
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return [result for result in results if result["status"] == status]


def broken_invariants(target: Path, engine: ModelEngine) -> list[BrokenInvariant]:
    """Return the tests that failed in dbt's last run, in order of their first rows' days.

    Args:
        target: dbt's target folder of that run.
        engine: the engine that dbt used; it runs the SQL of each failed test to get its first row.
    """
    failed = sorted(_results(target, "fail"), key=lambda result: result["unique_id"])
    broken = [BrokenInvariant(_name(result), engine.first_row(result["compiled_code"])) for result in failed]
    return sorted(broken, key=lambda invariant: (str(invariant.first.get("day")), invariant.name))


def _name(result: Mapping[str, Any]) -> str:
    """The test's name: the third part of its id, as in ``test.satledger.fees_balance``."""
    return result["unique_id"].split(".")[2]


def killed_sentence(code: int) -> str:
    """Return an error text that says which signal killed dbt, and the usual reason.

    Args:
        code: the exit code of the process: the negative number of the signal.
    """
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if -code == signal.SIGKILL:
        return (
            f"dbt was killed ({name}), most likely by the system, which was out of memory: lower "
            "SATLEDGER_MEMORY_LIMIT, or close other programs, and run this again; what was built is kept."
        )
    return f"dbt was ended by {name}: run this again; what was built is kept."


def failure(outcome: Outcome, warehouse: Path, broken: Sequence[BrokenInvariant]) -> SatledgerError:
    """Return why dbt failed; a `DamagedError` if the warehouse is damaged and has to be built anew.

    Args:
        outcome: the outcome of dbt's run.
        warehouse: the DuckDB file.
        broken: what `broken_invariants` found; asked for once, because Spark takes half a minute for each.
    """
    sentence = failure_sentence(outcome, warehouse, broken)
    damaged = sentence.startswith(damaged_beginning(warehouse))
    return DamagedError(sentence) if damaged else SatledgerError(sentence)


def failure_sentence(outcome: Outcome, warehouse: Path, broken: Sequence[BrokenInvariant]) -> str:
    """Return why dbt failed, in one sentence.

    Args:
        outcome: the outcome of dbt's run.
        warehouse: the DuckDB file.
        broken: what `broken_invariants` found; asked for once, because Spark takes half a minute for each.
    """
    target, messages = outcome.target, outcome.messages
    errors = [str(result["message"]) for result in _results(target, "error")]
    for message in (*errors, *messages):
        if sentence := explanation(message, warehouse):
            return sentence
    if broken:
        others = f" ({len(broken) - 1} more are broken)" if len(broken) > 1 else ""
        return f"{broken[0]}{others}; what depends on it was not built, and the published copy is as it was."
    if outcome.code < 0:
        return killed_sentence(outcome.code)
    message = next(iter((*errors, *messages)), f"it ended with {outcome.code} and no message")
    first = " ".join(_JAVA.split(message)[0].split())
    return f"dbt failed: {first} (its log is {target / 'dbt.log'})."


def note_broken(settings: Settings, broken: Sequence[BrokenInvariant]) -> None:
    """Record in the warehouse which invariants a check of all days found broken; an empty list if all hold.

    Raises:
        SatledgerError: another process has the warehouse open, or the disk is full.
    """
    with explained(settings.warehouse), connect(settings.warehouse) as connection:
        connection.execute("begin")
        connection.execute("create or replace table broken_invariants (number integer, sentence varchar)")
        rows = [(number, str(invariant)) for number, invariant in enumerate(broken)]
        if rows:
            connection.executemany("insert into broken_invariants values (?, ?)", rows)
        connection.execute("commit")


def broken_at_last_check(settings: Settings) -> list[str]:
    """Return the invariants that the last check of all days found broken, each as a sentence.

    Raises:
        SatledgerError: another process writes the warehouse.
    """
    if not settings.warehouse.is_file():
        return []
    with reading(settings.warehouse) as connection:
        if not has_table(connection, "broken_invariants"):
            return []
        rows = connection.execute("select sentence from broken_invariants order by number").fetchall()
    return [sentence for (sentence,) in rows]
