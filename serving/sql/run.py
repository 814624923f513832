"""Queries of callers: how many run at once, for how long, with how much memory, and on what."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.lake.staging import quoted
from dagster_project.publish.pieces import folder_of
from dagster_project.publish.state import VARIABLE
from serving.errors import ApiError, BadParameterError
from serving.published import LOCKS, Snapshot

_WORKER = Path(__file__).with_name("worker.py")
# Tables about publishing; they contain paths of this machine.
_NOT_SHOWN = frozenset({"publication", "published_files", "retired_files"})
# The time that a process takes to begin and to hand over its answer.
_SECONDS_BESIDE = 5


@dataclass(frozen=True)
class Limits:
    """What a query may take.

    Attributes:
        seconds: of running.
        memory_bytes: of DuckDB; nothing is spilled.
        rows: of the answer; more are cut off, which is said.
        answer_bytes: of the answer.
        parallel: how many queries run at once; others wait.
        waiting_seconds: how long they wait before they are refused.
    """

    seconds: int = 10
    memory_bytes: int = 1_000_000_000
    rows: int = 10_000
    answer_bytes: int = 20_000_000
    parallel: int = 2
    waiting_seconds: float = 10.0


@dataclass(frozen=True)
class Answer:
    """What a query found.

    Attributes:
        columns: names with the types that DuckDB calls them.
        rows: the values, as JSON has them.
        truncated: whether there are more rows.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    truncated: bool


class SqlRunner:
    """Runs queries, a process each."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._free = threading.BoundedSemaphore(self.limits.parallel)

    def run(self, snapshot: Snapshot, query: str, *, explain: bool = False) -> Answer:
        """Run a query of a caller.

        Args:
            snapshot: the state that it reads.
            query: one SELECT on the public tables.
            explain: return its plan instead of running it.

        Raises:
            ApiError: it is refused, takes too long or needs too much, or too many run.
        """
        if not self._free.acquire(timeout=self.limits.waiting_seconds):
            raise ApiError(
                503, "service_unavailable", f"{self.limits.parallel} queries are running: ask again in a while."
            )
        try:
            found = self._answer(snapshot, query, explain)
        finally:
            self._free.release()
        if "refused" in found:
            raise BadParameterError("query", _without_places(found["refused"], snapshot))
        return Answer([(name, kind) for name, kind in found["columns"]], found["rows"], found["truncated"])

    def _answer(self, snapshot: Snapshot, query: str, explain: bool) -> dict[str, Any]:
        limits = self.limits
        request = {
            "query": query,
            "explain": explain,
            "tables": sorted(columns_by_table(snapshot)),
            "setup": _setup(snapshot),
            "folder": str(folder_of(snapshot.path.resolve())),
            "locks": LOCKS,
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_bytes,
            "memory": f"{limits.memory_bytes // 1_000_000}MB",
            "rows": limits.rows,
            "answer_bytes": limits.answer_bytes,
        }
        too_long = {"refused": f"The query takes longer than {limits.seconds} seconds."}
        try:
            # Isolated and with an empty environment, so that the query cannot reveal anything of the server.
            done = subprocess.run(
                [sys.executable, "-I", str(_WORKER)],
                input=json.dumps(request),
                capture_output=True,
                text=True,
                timeout=limits.seconds + _SECONDS_BESIDE,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return too_long
        if done.returncode == 0:
            return json.loads(done.stdout)
        if done.returncode < 0:
            return too_long
        return {"refused": "The query needs more memory than it may have, or cannot be run."}


def columns_by_table(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The tables that callers may read: of each, the types of its columns by name."""
    with snapshot.cursor() as cursor:
        rows = cursor.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = 'published' and not internal order by table_name, column_index"
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        if table not in _NOT_SHOWN:
            found.setdefault(table, {})[column] = kind
    return found


def _setup(snapshot: Snapshot) -> list[str]:
    """Where the state lies, as the process's connection is told."""
    return [
        f"attach {quoted(snapshot.path)} as published (read_only)",
        "use published",
        f"set variable {VARIABLE} = {quoted(snapshot.path.parent.resolve())}",
    ]


def _without_places(text: str, snapshot: Snapshot) -> str:
    return text.replace(str(snapshot.path.parent.resolve()), "<published>").replace(
        str(snapshot.path.parent), "<published>"
    )
