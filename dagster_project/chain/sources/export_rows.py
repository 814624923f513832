"""Rows of users' export files, checked and converted to the form of bitcoin-etl 1.5."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from dagster_project.blocks.parameters import ChainParameters
from dagster_project.chain.sources.bad_lines import first_bad_line
from dagster_project.chain.sources.base import INCOMPLETE
from dagster_project.chain.sources.export import EXPORTED_BLOCK_COLUMNS, execute_on_json
from dagster_project.chain.sources.export_columns import (
    BLOCK,
    BLOCK_PROBLEMS,
    BLOCKS_AS_WRITTEN,
    COIN,
    MACROS,
    TRANSACTION,
    TRANSACTION_PROBLEMS,
    TRANSACTIONS_AS_WRITTEN,
)
from dagster_project.chain.sources.export_files import ExportFile, Exports, Form
from dagster_project.chain.sources.row_problems import problem_case
from dagster_project.errors import SatledgerError
from dagster_project.lake.raw_day import TRANSACTION_COLUMNS
from dagster_project.lake.staging import columns_literal, quoted

RESOLVED_TWICE = "another file has the transactions of that block"
OTHER_TYPE = "'of the type ' || type[:30]"


class ExportRows:
    """The rows of export files, in tables of a connection: ``exported_blocks`` and ``staged_transactions``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: ChainParameters) -> None:
        self._connection, self._parameters = connection, parameters
        connection.execute(MACROS)
        for table, columns in (
            ("exported_blocks", EXPORTED_BLOCK_COLUMNS),
            ("staged_transactions", TRANSACTION_COLUMNS),
        ):
            fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({fields}, file VARCHAR, problem VARCHAR)")

    def load_blocks(self, files: Sequence[ExportFile]) -> None:
        """Fill ``exported_blocks``; ``require_good_blocks`` checks its rows.

        Raises:
            SatledgerError: a file is damaged.
        """
        self._execute(
            files,
            BLOCKS_AS_WRITTEN,
            lambda rows: (
                f"""
                INSERT INTO exported_blocks
                SELECT {BLOCK}, filename, {problem_case(BLOCK_PROBLEMS)}
                FROM {rows} WHERE coalesce(type, 'block') = 'block'
            """
            ),
        )

    def require_good_blocks(self, files: Sequence[ExportFile]) -> None:
        """Refuse blocks that lack a value, or have an impossible one.

        Raises:
            SatledgerError: there is one; the sentence names its file and line.
        """
        self._require_good(
            "exported_blocks", files, BLOCKS_AS_WRITTEN, f"coalesce(type, 'block') = 'block' AND {_bad(BLOCK_PROBLEMS)}"
        )

    def index(self, files: Sequence[ExportFile], table: str) -> dict[Path, tuple[int, int]]:
        """Create a table of the heights that each file of transactions has, and return their ranges.

        Args:
            files: the files.
            table: its name.

        Raises:
            SatledgerError: a file is damaged, or a row does not say its block.
        """
        columns = {"block_number": "BIGINT", "type": "VARCHAR"}
        is_transaction = "coalesce(type, 'transaction') = 'transaction'"
        self._execute(
            files,
            columns,
            lambda rows: (
                f"""
                CREATE OR REPLACE TEMP TABLE {table}_all AS
                SELECT filename, coalesce(type, 'transaction') AS type, block_number, count(*) AS rows
                FROM {rows} GROUP BY ALL
            """
            ),
        )
        self._connection.execute(f"""
            CREATE OR REPLACE TEMP VIEW {table} AS
            SELECT filename, block_number, rows FROM {table}_all WHERE type = 'transaction'
        """)
        without = self._connection.execute(f"SELECT min(filename) FROM {table} WHERE block_number IS NULL").fetchall()
        if without[0][0]:
            row = self._place(_named(files, without[0][0]), columns, f"{is_transaction} AND block_number IS NULL")
            raise _refused(f"{row}: block_number is missing or null")
        rows = self._connection.execute(f"""
            SELECT filename, min(block_number), max(block_number) FROM {table} GROUP BY filename ORDER BY ALL
        """).fetchall()
        return {Path(name): (first, last) for name, first, last in rows}

    def counts(self, exports: Exports, last: int, tables: Sequence[str]) -> Iterator[tuple[Path, int, str]]:
        """Yield how many rows of each file are taken, and how many are skipped with the reason.

        Args:
            exports: the files; their blocks are loaded.
            last: height of the last block whose day is complete.
            tables: those that ``index`` made. Of two, only the heights that the first lacks are taken from the second.
        """
        blocks = [file for file in exports.blocks if file not in (*exports.transactions, *exports.enriched)]
        known = ", ".join(quoted(file.path) for file in exports.blocks)
        queries = [
            f"SELECT file, {_reason('number', last)} AS reason, count(*) FROM exported_blocks GROUP BY ALL",
            *(
                f"SELECT filename, {_reason('block_number', last)} AS reason, sum(rows) FROM {table}"
                f" WHERE {_but(table, tables)} GROUP BY ALL"
                for table in tables
            ),
            *(
                f"SELECT filename, {quoted(RESOLVED_TWICE)}, sum(rows) FROM {table}"
                f" WHERE NOT ({_but(table, tables)}) GROUP BY ALL"
                for table in tables
            ),
            *(
                f"SELECT filename, {OTHER_TYPE}, sum(rows) FROM {table}_all WHERE type <> 'transaction'"
                f" AND NOT (type = 'block' AND filename IN ({known})) GROUP BY ALL"
                for table in tables
            ),
        ]
        for query in queries:
            for name, reason, rows in self._connection.execute(query).fetchall():
                yield Path(name), int(rows), reason
        if blocks:
            of_other_types = self._execute(
                blocks,
                {"type": "VARCHAR"},
                lambda rows: f"SELECT filename, {OTHER_TYPE}, count(*) FROM {rows} WHERE type <> 'block' GROUP BY ALL",
            )
            for name, reason, rows in of_other_types.fetchall():
                yield Path(name), int(rows), reason

    def load_transactions(self, files: Sequence[ExportFile], but_heights: str | None = None) -> None:
        """Add the transactions of some files to ``staged_transactions``.

        Args:
            files: the files.
            but_heights: a table of heights that are left out.

        Raises:
            SatledgerError: a file is damaged, or a row lacks a value or has an impossible one.
        """
        others = f"AND block_number NOT IN (SELECT block_number FROM {but_heights})" if but_heights else ""
        self._execute(
            files,
            TRANSACTIONS_AS_WRITTEN,
            lambda rows: (
                f"""
                INSERT INTO staged_transactions
                SELECT {TRANSACTION}, filename, {problem_case(TRANSACTION_PROBLEMS)}
                FROM {rows}
                WHERE coalesce(type, 'transaction') = 'transaction' {others}
            """
            ),
        )
        condition = f"coalesce(type, 'transaction') = 'transaction' AND {_bad(TRANSACTION_PROBLEMS)}"
        self._require_good("staged_transactions", files, TRANSACTIONS_AS_WRITTEN, condition)
        self._refuse_whole_coins(files)

    def _require_good(
        self, table: str, files: Sequence[ExportFile], columns: Mapping[str, str], condition: str
    ) -> None:
        found = self._connection.execute(f"""
            SELECT file, first(problem ORDER BY problem) FROM {table} WHERE problem IS NOT NULL
            GROUP BY file ORDER BY file LIMIT 1
        """).fetchone()
        if found:
            file = _named(files, found[0])
            problems = BLOCK_PROBLEMS if table == "exported_blocks" else TRANSACTION_PROBLEMS
            number, problem = self._first(file, columns, condition, problem_case(problems))
            raise _refused(f"{_place(file, number)}: {problem}")

    def _refuse_whole_coins(self, files: Sequence[ExportFile]) -> None:
        """Refuse files whose amounts are whole numbers of BTC, and so would be read as a few satoshi.

        A miner may claim less than the subsidy. So a file is refused only if it has no larger coinbase.
        """
        chain = self._parameters
        suspect = self._connection.execute(f"""
            WITH coinbases AS (
                SELECT file, block_number, hash, output_value,
                    CASE WHEN block_number < 62 * {chain.halving_interval}
                        THEN {chain.initial_subsidy} >> (block_number // {chain.halving_interval})::INTEGER ELSE 0
                    END AS subsidy
                FROM staged_transactions WHERE is_coinbase
            )
            SELECT file, first(hash ORDER BY block_number), min(block_number),
                first(output_value ORDER BY block_number)
            FROM coinbases WHERE subsidy >= {COIN}
            GROUP BY file
            HAVING bool_or({COIN}::HUGEINT * output_value BETWEEN subsidy AND 10 * subsidy)
                AND NOT bool_or(output_value > subsidy // 10000)
            ORDER BY file LIMIT 1
        """).fetchone()
        if suspect:
            name, transaction, height, value = suspect
            file = _named(files, name)
            row = self._place(file, {"hash": "VARCHAR", "block_number": "BIGINT"}, f"hash = {quoted(transaction)}")
            raise SatledgerError(
                f"{row}: the coinbase of block {height} pays {value} satoshi, so the amounts of this file seem to be "
                f"BTC: multiply them by {COIN}, or export again with bitcoin-etl 1.5."
            )

    def _place(self, file: ExportFile, columns: Mapping[str, str], condition: str) -> str:
        return _place(file, self._first(file, columns, condition, "''")[0])

    def _first(self, file: ExportFile, columns: Mapping[str, str], condition: str, expression: str) -> tuple[int, str]:
        """The number of a file's first row that meets a condition, and the value of an expression for it."""
        return self._execute(
            [file],
            columns,
            lambda rows: (
                f"""
                SELECT row_number, {expression}
                FROM (SELECT *, row_number() OVER () AS row_number FROM {rows})
                WHERE {condition} ORDER BY row_number LIMIT 1
            """
            ),
        ).fetchall()[0]

    def _execute(
        self, files: Sequence[ExportFile], columns: Mapping[str, str], query: Callable[[str], str]
    ) -> duckdb.DuckDBPyConnection:
        """Run a query on the rows of some files; ``query`` gets them as a relation.

        Raises:
            SatledgerError: a file is damaged.
        """

        def find_line(path: Path, longest: int) -> int | None:
            has_lines = _named(files, str(path)).form is Form.LINES
            return first_bad_line(self._connection, path, columns, longest) if has_lines else None

        return execute_on_json(self._connection, lambda longest: query(_rows(files, columns, longest)), find_line)


def _reason(height: str, last: int) -> str:
    """Why a row is skipped, in SQL; empty where it is taken."""
    return f"CASE WHEN {height} > {last} THEN {quoted(INCOMPLETE)} ELSE '' END"


def _but(table: str, tables: Sequence[str]) -> str:
    """A condition in SQL: rows of a table at heights that no earlier table has."""
    first = tables[0]
    return "true" if table == first else f"block_number NOT IN (SELECT block_number FROM {first})"


def _bad(problems: Sequence[tuple[str, str]]) -> str:
    return f"{problem_case(problems)} IS NOT NULL"


def _rows(files: Sequence[ExportFile], columns: Mapping[str, str], longest: int) -> str:
    """The rows of some files, as a relation with these columns and ``filename``."""
    # Columns are given, not inferred: inference types a column without values (most of a coinbase's) as JSON.
    parts = [
        f"FROM read_json([{', '.join(quoted(file.path) for file in files if file.form is form)}], format = '{form}', "
        f"filename = true, columns = {columns_literal(columns)}, maximum_object_size = {longest})"
        for form in Form
        if any(file.form is form for file in files)
    ]
    return f"({' UNION ALL '.join(parts)})"


def _named(files: Sequence[ExportFile], name: str) -> ExportFile:
    return next(file for file in files if str(file.path) == name)


def _place(file: ExportFile, number: int) -> str:
    return f"{file.path}, {'line' if file.form is Form.LINES else 'row'} {number}"


def _refused(what: str) -> SatledgerError:
    return SatledgerError(f"{what}: export that range again with bitcoin-etl 1.5.")
