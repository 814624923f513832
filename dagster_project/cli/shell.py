"""What ``satledger sql`` does: SQL on the published copy."""

import csv
import sys
from collections.abc import Iterator, Sequence

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dagster_project.csv_cells import cell
from dagster_project.database import explanation
from dagster_project.errors import SatledgerError
from dagster_project.home import refuse_unbuilt
from dagster_project.lake.staging import own_limits
from dagster_project.publish.place import refuse_changed
from dagster_project.publish.state import reading_published
from dagster_project.settings import Settings

# The least width of a readable column in characters, with its borders.
LEAST_COLUMN = 8
# More rows do not help a reader on a terminal; --csv prints all.
ROWS_SHOWN = 200
# Words that leave the prompt, as in other shells; so does the end of the input.
_LEAVE = {"exit", "quit", ".exit", ".quit", "\\q"}


def shell(settings: Settings, statement: str | None, as_csv: bool) -> None:
    """Run one statement, the statements of the input, or those typed at a prompt.

    Raises:
        SatledgerError: nothing is published yet, or a statement that was given is wrong.
    """
    if not settings.published.exists():
        refuse_unbuilt(settings, "published")
    with own_limits(settings) as config, reading_published(settings.published, config) as connection:
        refuse_changed(settings.published)
        if statement is None and sys.stdin.isatty():
            _prompt(connection, as_csv)
            return
        try:
            _run_all(connection, sys.stdin.read() if statement is None else statement, as_csv)
        except duckdb.Error as error:
            raise SatledgerError(explanation(str(error), settings.published) or " ".join(str(error).split())) from None


def _prompt(connection: duckdb.DuckDBPyConnection, as_csv: bool) -> None:
    console = Console(stderr=True)
    console.print("The published copy, read-only. Statements end with a semicolon; `show tables;` shows what is there.")
    console.print("`exit`, `quit` or Ctrl-D leaves.")
    for text in _typed():
        try:
            _run_all(connection, text, as_csv)
        except (duckdb.Error, SatledgerError) as error:
            console.print(str(error), style="red", markup=False, highlight=False)


def _typed() -> Iterator[str]:
    """Yield the statements typed at the prompt, until the end of the input or a word of ``_LEAVE``."""
    # This import gives the prompt its history and arrow keys.
    import readline

    assert readline
    text = ""
    while True:
        try:
            text += input("satledger> " if not text else "        -> ") + "\n"
        except EOFError:
            # End the line, so that the user's own prompt begins on a new one.
            print(file=sys.stderr)  # noqa: T201
            return
        except KeyboardInterrupt:
            text = ""
            print(file=sys.stderr)  # noqa: T201
            continue
        if text.strip().rstrip(";").rstrip().lower() in _LEAVE:
            return
        if text.rstrip().endswith(";"):
            yield text
            text = ""


def _run_all(connection: duckdb.DuckDBPyConnection, text: str, as_csv: bool) -> None:
    statements = duckdb.extract_statements(text)
    if not statements:
        raise SatledgerError("There is no SQL statement in what was given: `satledger sql 'show tables'` is one.")
    for statement in statements:
        # The statement itself, not its text: DuckDB turns a pivot into several statements without text.
        _run(connection, statement, as_csv)


def _run(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, as_csv: bool) -> None:
    connection.execute(statement)
    columns = [name for name, *_ in connection.description or []]
    if statement.type is not duckdb.StatementType.SELECT and columns in ([], ["Success"], ["Count"]):
        # A statement without text is a part of a pivot; the rows come with the last part.
        if statement.query:
            Console(stderr=True).print("done", style="dim")
        return
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        while rows := connection.fetchmany(10_000):
            writer.writerows(map(cell, row) for row in rows)
        return
    rows = connection.fetchmany(ROWS_SHOWN + 1)
    console = Console()
    if not rows:
        console.print(f"0 rows ({', '.join(columns)})", markup=False, highlight=False, soft_wrap=True)
        return
    console.print(_table(columns, rows[:ROWS_SHOWN], console.width))
    if len(rows) > ROWS_SHOWN:
        console.print(f"the first {ROWS_SHOWN} rows; --csv prints all", style="dim")


def _table(columns: Sequence[str], rows: Sequence[tuple[object, ...]], width: int) -> Table:
    """Some rows as a table; where the columns do not fit the width, each row is written as a list of its values."""
    texts = [[Text("" if value is None else str(value)) for value in row] for row in rows]
    if len(columns) * LEAST_COLUMN <= width:
        table = Table(*map(escape, columns))
        for row in texts:
            table.add_row(*row)
        return table
    table = Table("column", "value")
    for row in texts:
        for name, text in zip(columns, row, strict=True):
            table.add_row(Text(name), text)
        table.add_section()
    return table
