"""Checks of staged blocks before they are converted to columns."""

from itertools import pairwise

import duckdb

from dagster_project.blocks.parameters import ChainParameters, chain_of_genesis
from dagster_project.errors import SatledgerError
from dagster_project.settings import Chain

NEEDED = (
    "hash",
    "previous_hash",
    "merkle_root",
    "number",
    "version",
    "timestamp",
    "median_time",
    "bits",
    "nonce",
    "size",
    "stripped_size",
    "transaction_count",
)
# The condition that a value must meet, in SQL and in words. Numbers are stored in 32 bits, most of them unsigned.
_HASH = ("regexp_full_match({0}, '[0-9a-f]{{64}}')", "64 hexadecimal digits in small letters")
_DIGITS = ("regexp_full_match({0}, '[0-9a-f]{{8}}')", "8 hexadecimal digits in small letters")
_HEX = ("regexp_full_match({0}, '([0-9a-f]{{2}})*')", "an even number of hexadecimal digits in small letters")
_NUMBER = ("{0} BETWEEN 0 AND 4294967295", "a number of 32 bits")
_VERSION = ("{0} BETWEEN -2147483648 AND 4294967295", "a number of 32 bits")
_SIZE = ("{0} BETWEEN 1 AND 2147483647", "a number of bytes")
BLOCK_FIELDS = {
    "hash": _HASH,
    "previous_hash": _HASH,
    "merkle_root": _HASH,
    "version": _VERSION,
    "timestamp": _NUMBER,
    "median_time": _NUMBER,
    "bits": _DIGITS,
    "nonce": _DIGITS,
    "size": _SIZE,
    "stripped_size": _SIZE,
    "coinbase_param": _HEX,
}
TRANSACTION_FIELDS = {"hash": _HASH, "version": _VERSION, "lock_time": _NUMBER, "size": _SIZE}
INPUT_FIELDS = {
    "spent_transaction_hash": _HASH,
    "spent_output_index": _NUMBER,
    "sequence": _NUMBER,
    "script_hex": _HEX,
}


def check_blocks(connection: duckdb.DuckDBPyConnection, parameters: ChainParameters) -> None:
    """Check that ``raw_blocks`` are contiguous, linked and of the chain, and have all fields in ``NEEDED``.

    Raises:
        SatledgerError: they are not; the message names the height.
    """
    blocks = connection.execute("SELECT number, hash, previous_hash FROM raw_blocks ORDER BY number, hash").fetchall()
    for (before, parent, _), (height, name, previous) in pairwise(blocks):
        if height == before:
            raise SatledgerError(
                f"Block {height} is listed twice ({parent} and {name}): remove one of them, or export that range again."
            )
        if height != before + 1:
            raise SatledgerError(f"Block {before + 1} is missing (after it comes {height}): export that range again.")
        if previous != parent:
            raise SatledgerError(
                f"Block {height} does not follow block {before}: its parent is {previous}, not {parent}; the chain was "
                "reorganised while it was read, so read that range again."
            )
    if blocks and blocks[0][0] == 0:
        check_genesis(blocks[0][1], parameters)
    lacking = connection.execute(f"""
        SELECT number, hash, CASE {" ".join(f"WHEN {name} IS NULL THEN '{name}'" for name in NEEDED)} END AS name
        FROM raw_blocks WHERE name IS NOT NULL ORDER BY number, hash LIMIT 1
    """).fetchone()
    if lacking:
        raise SatledgerError(
            f"Block {lacking[0]} ({lacking[1]}) lacks its {lacking[2]}: export it again with bitcoin-etl 1.5."
        )


def check_genesis(block_hash: str, parameters: ChainParameters) -> None:
    """Check that block 0 is the one of the chain.

    Raises:
        SatledgerError: it is another; the message names the chain that it belongs to, if that is known.
    """
    if parameters.genesis_hash in ("", block_hash):
        return
    sentence = f"Block 0 is {block_hash}, but {parameters.chain} begins with {parameters.genesis_hash}: "
    owner = chain_of_genesis(block_hash)
    if isinstance(owner, Chain):
        raise SatledgerError(f"{sentence}it is that of {owner}; set SATLEDGER_CHAIN={owner}, or point elsewhere.")
    if owner:
        raise SatledgerError(
            f"{sentence}it is that of {owner}, which satledger does not build; point to blocks of {parameters.chain}."
        )
    raise SatledgerError(f"{sentence}set SATLEDGER_CHAIN to the chain that the source holds.")


def check_fields(connection: duckdb.DuckDBPyConnection) -> None:
    """Check the format of the hashes, scripts and numbers of ``raw_blocks`` and ``raw_transactions``.

    A missing field passes; the code that needs it checks that it is there.

    Raises:
        SatledgerError: a format is wrong; the message names the block, the transaction and the field.
    """
    block = _offender(BLOCK_FIELDS, "")
    transaction = _offender(TRANSACTION_FIELDS, "")
    spent = _offender(INPUT_FIELDS, "input.")
    for query in (
        f"SELECT number, NULL, {block} AS found FROM raw_blocks ORDER BY number",
        f"SELECT block_number, hash, {transaction} AS found FROM raw_transactions ORDER BY block_number, index",
        f"""
            SELECT block_number, hash, {spent} AS found
            FROM (SELECT block_number, index, hash, unnest(inputs) AS input FROM raw_transactions)
            ORDER BY block_number, index, input.index
        """,
    ):
        offender = connection.execute(f"SELECT * FROM ({query}) WHERE found IS NOT NULL LIMIT 1").fetchone()
        if offender:
            height, name, found = offender
            of = f", transaction {name}" if name else ""
            raise SatledgerError(f"Block {height}{of}: {found}; the source is damaged there, or is not reliable.")


def _offender(fields: dict[str, tuple[str, str]], prefix: str) -> str:
    """SQL that describes the first field of a row with a wrong format; null where all are right."""
    whens = " ".join(
        f"WHEN NOT ({condition.format(prefix + name)}) THEN 'its {name} is ' || {prefix}{name} || ', not {words}'"
        for name, (condition, words) in fields.items()
    )
    return f"CASE {whens} END"


def check_transactions(connection: duckdb.DuckDBPyConnection) -> None:
    """Check that ``raw_transactions`` are exactly those of ``raw_blocks``, each once and complete.

    Raises:
        SatledgerError: one is missing, listed twice, of another block, or incomplete; the message names it.
    """
    distinct, total = connection.execute("""
        SELECT count(DISTINCT (block_number, hash)), count(*) FROM raw_transactions
    """).fetchall()[0]
    if distinct != total:
        height, name, times = connection.execute("""
            SELECT block_number, hash, count(*) FROM raw_transactions GROUP BY ALL HAVING count(*) > 1
            ORDER BY block_number, hash LIMIT 1
        """).fetchall()[0]
        raise SatledgerError(
            f"The transaction {name} of block {height} is listed {times} times: remove the duplicates, or export that "
            "range again."
        )
    offender = connection.execute("""
        SELECT number, any_value(transaction_count), count(t.hash), count(*) FILTER (t.block_hash <> b.hash),
            any_value(b.hash)
        FROM raw_blocks AS b LEFT JOIN raw_transactions AS t ON t.block_number = b.number
        GROUP BY number
        HAVING count(t.hash) <> any_value(transaction_count) OR count(*) FILTER (t.block_hash <> b.hash) > 0
            OR count(DISTINCT t.index) <> count(*) OR min(t.index) <> 0 OR max(t.index) <> count(*) - 1
            OR count(*) FILTER (t.is_coinbase) <> 1 OR NOT bool_or(t.is_coinbase AND t.index = 0)
        ORDER BY number LIMIT 1
    """).fetchone()
    if offender:
        height, expected, found, foreign, block_hash = offender
        if found != expected:
            trouble = f"has {expected} transactions, but {found} are there"
        elif foreign:
            trouble = f"is {block_hash}, but {foreign} transactions belong to another block of that height"
        else:
            trouble = "has transactions whose index or coinbase flag is wrong"
        raise SatledgerError(f"Block {height} {trouble}: export that range again.")
    without = connection.execute("""
        SELECT block_number, hash FROM raw_transactions WHERE size IS NULL ORDER BY block_number, index LIMIT 1
    """).fetchone()
    if without:
        raise SatledgerError(
            f"The transaction {without[1]} of block {without[0]} lacks its size: export it again with bitcoin-etl 1.5."
        )
    _check_parts(connection)


def _check_parts(connection: duckdb.DuckDBPyConnection) -> None:
    broken = connection.execute("""
        SELECT block_number, hash FROM raw_transactions
        WHERE coalesce(len(inputs), 0) <> input_count OR coalesce(len(outputs), 0) <> output_count
            OR output_count IS NULL OR input_count IS NULL OR output_count = 0 OR (is_coinbase <> (input_count = 0))
            OR [x.index FOR x IN outputs] <> range(output_count)
            OR len([x FOR x IN outputs IF x.value IS NULL OR x.value < 0 OR x.script_hex IS NULL
                OR NOT regexp_full_match(x.script_hex, '([0-9a-f]{2})*')]) > 0
            OR len([x FOR x IN inputs IF x.spent_transaction_hash IS NULL OR x.spent_output_index IS NULL]) > 0
        ORDER BY block_number, index LIMIT 1
    """).fetchone()
    if broken:
        raise SatledgerError(
            f"The transaction {broken[1]} of block {broken[0]} is not whole (its inputs, outputs, scripts or values do "
            "not fit its counts): export that range again."
        )
