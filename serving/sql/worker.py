"""One query of a caller, in a process that ends with it.

It is told what to do as JSON on its standard input, and answers in JSON. It imports nothing of the project, so that it
starts in a fifth of a second. Three things stand between a query and the machine: only a SELECT on the public tables is
run at all; DuckDB opens no file but those of the published state, and takes no setting; the process may write no file,
and is ended when its time is up.
"""

import json
import resource
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

# Table functions that read nothing.
_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
# Functions that read or change the state of the process, not the data.
_REFUSED_FUNCTIONS = {
    "current_setting",
    "getenv",
    "getvariable",
    "write_log",
    "nextval",
    "currval",
    "sleep_ms",
    "json_execute_serialized_sql",
    "in_search_path",
    "current_database",
    "current_schemas",
    "txid_current",
}
# On top of DuckDB's own limit: its memory outside of the buffers, and Python.
_OTHER_BYTES = 3_000_000_000


class RefusedError(Exception):
    """The query is none that is run; the message says why."""


def main() -> None:
    """Read the request, run it, print the answer."""
    request = json.load(sys.stdin)
    # DuckDB looks for pandas when it is given a parameter: 1.4 s to import it.
    sys.modules["pandas"] = None  # pyright: ignore[reportArgumentType]
    _bound(request["seconds"], request["memory_bytes"])
    try:
        answer = _run(request)
    except RefusedError as error:
        answer = {"refused": str(error)}
    except duckdb.InterruptException:
        answer = {"refused": f"The query takes longer than {request['seconds']} seconds."}
    except (duckdb.OutOfMemoryException, MemoryError):
        answer = {"refused": f"The query needs more memory than {request['memory']}."}
    except duckdb.Error as error:
        answer = {"refused": " ".join(str(error).split("\nStack Trace")[0].split())[:500]}
    sys.stdout.write(json.dumps(answer))


def _bound(seconds: int, memory_bytes: int) -> None:
    """Set limits of the operating system, which do not depend on DuckDB."""
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes + _OTHER_BYTES, memory_bytes + _OTHER_BYTES))
    # Files cannot be written: their maximum size is 0.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run(request: dict[str, Any]) -> dict[str, Any]:
    connection = duckdb.connect(config={"temp_directory": "", "threads": 1, "memory_limit": request["memory"]})
    connection.execute("set timezone = 'UTC'")
    for statement in request["setup"]:
        connection.execute(statement)
    # The files that the opened state names, and no others: another state may have come a moment ago.
    files = connection.execute("select file from published_files where file is not null").fetchall()
    allowed = ", ".join("'" + f"{request['folder']}/{file}".replace("'", "''") + "'" for (file,) in files)
    if allowed:
        connection.execute(f"set allowed_paths = [{allowed}]")
    for statement in request["locks"]:
        connection.execute(statement)
    query = request["query"]
    refuse(connection, query, set(request["tables"]))
    # First bound without running, so that wrong names and types fail before anything is read.
    plan = connection.execute(f"explain {query}").fetchall()[0][1]
    if request["explain"]:
        return {"columns": [["plan", "VARCHAR"]], "rows": [[plan]], "truncated": False}
    timer = threading.Timer(request["seconds"], connection.interrupt)
    timer.daemon = True
    timer.start()
    found = connection.execute(query)
    columns = [[name, str(kind)] for name, kind, *_ in found.description or []]
    rows: list[list[Any]] = []
    size = 0
    while batch := found.fetchmany(min(1_000, request["rows"] + 1 - len(rows))):
        for row in batch:
            rows.append([_plain(value) for value in row])
            size += sum(len(value) for value in rows[-1] if isinstance(value, str)) + 10 * len(row)
            if size > request["answer_bytes"]:
                raise RefusedError(f"The answer is longer than {request['answer_bytes']:,} bytes: ask for less.")
        if len(rows) > request["rows"]:
            break
    return {"columns": columns, "rows": rows[: request["rows"]], "truncated": len(rows) > request["rows"]}


def refuse(connection: duckdb.DuckDBPyConnection, query: str, tables: set[str]) -> None:
    """Refuse what is not one SELECT on public tables.

    Args:
        connection: parses the query.
        query: a caller's.
        tables: that it may read.

    Raises:
        RefusedError: the sentence says what is refused.
    """
    rows = connection.execute("select json_serialize_sql(?)", [query]).fetchall()
    parsed = json.loads(rows[0][0])
    if parsed["error"]:
        raise RefusedError(f"This is no query: {parsed['error_message']}")
    if len(parsed["statements"]) != 1:
        raise RefusedError("One query at a time is run.")
    nodes = list(_nodes(parsed))
    names = {entry["key"].lower() for node in nodes if "cte_map" in node for entry in node["cte_map"]["map"]}
    # A CTE's name is valid only in its scope; elsewhere the same name would mean a real relation.
    taken = connection.execute("select table_name from duckdb_tables() union select view_name from duckdb_views()")
    if hidden := names & {name.lower() for (name,) in taken.fetchall()} - tables:
        raise RefusedError(f"The name {min(hidden)} is taken: call it otherwise in WITH.")
    for node in nodes:
        kind = node.get("type")
        if kind == "SHOW_REF":
            raise RefusedError("DESCRIBE, SHOW and SUMMARIZE are not run: /sql/tables lists tables and columns.")
        if kind == "BASE_TABLE":
            name = node["table_name"]
            qualified = node["schema_name"] or node["catalog_name"]
            if qualified or name.lower() not in tables | names:
                raise RefusedError(f"There is no public table {name}: /sql/tables lists those that there are.")
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"].lower() not in _TABLE_FUNCTIONS:
            raise RefusedError(f"The table function {node['function']['function_name']} is not run here.")
        if _function(node) in _REFUSED_FUNCTIONS:
            raise RefusedError(f"The function {node['function_name']} is not run here.")


def _function(node: dict[str, Any]) -> str:
    name = node.get("function_name")
    return name.lower() if isinstance(name, str) else ""


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (JSON)
    """All objects of a parsed query, without recursion: its depth is the caller's."""
    left = [tree]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            yield each
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)


def _plain(value: Any) -> Any:  # noqa: ANN401 (what DuckDB gives)
    """A value as JSON has it: exact numbers beyond a double's 2^53 as text, bytes as hexadecimal digits."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= 2**53 else str(value)
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)
        case Decimal() | UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return str(value)


if __name__ == "__main__":
    main()
