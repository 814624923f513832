"""What ``satledger sql`` does: SQL on the published copy."""

import csv
import sys
from collections.abc import Iterator

import duckdb
from rich.console import Console
from rich.table import Table

from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings
from dagster_project.warehouse.database import reading

# More rows do not help a reader on a terminal; --csv prints all.
ROWS_SHOWN = 200


def shell(settings: Settings, statement: str | None, as_csv: bool) -> None:
    """Run one statement, those of the input, or those typed at a prompt.

    Raises:
        SatledgerError: nothing is published yet, or a statement that was given is wrong.
    """
    if not settings.published.is_file():
        raise SatledgerError(f"Nothing is published in {settings.home} yet: run `satledger build` or `satledger demo`.")
    with reading(settings.published) as connection:
        if statement is None and sys.stdin.isatty():
            _prompt(connection, as_csv)
            return
        try:
            for each in duckdb.extract_statements(statement or sys.stdin.read()):
                _run(connection, each.query, as_csv)
        except duckdb.Error as error:
            raise SatledgerError(" ".join(str(error).split())) from None


def _prompt(connection: duckdb.DuckDBPyConnection, as_csv: bool) -> None:
    console = Console(stderr=True)
    console.print("The published copy, read-only. End a statement with a semicolon; `show tables;` lists the tables.")
    for text in _typed():
        try:
            _run(connection, text, as_csv)
        except duckdb.Error as error:
            console.print(str(error), style="red", markup=False, highlight=False)


def _typed() -> Iterator[str]:
    """Yield the statements typed at the prompt, until the end of the input."""
    # Gives the prompt its history and its arrow keys.
    import readline

    assert readline
    text = ""
    while True:
        try:
            text += input("satledger> " if not text else "        -> ") + "\n"
        except EOFError:
            return
        except KeyboardInterrupt:
            text = ""
            print(file=sys.stderr)  # noqa: T201
            continue
        if text.rstrip().endswith(";"):
            yield text
            text = ""


def _run(connection: duckdb.DuckDBPyConnection, statement: str, as_csv: bool) -> None:
    relation = connection.sql(statement)
    if relation is None:
        return
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(relation.columns)
        while rows := relation.fetchmany(10_000):
            writer.writerows(rows)
        return
    rows = relation.fetchmany(ROWS_SHOWN + 1)
    table = Table(*relation.columns)
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Console()
    console.print(table, markup=False, highlight=False)
    if len(rows) > ROWS_SHOWN:
        console.print(f"the first {ROWS_SHOWN} rows; --csv prints all", style="dim")
