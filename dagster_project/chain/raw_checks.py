"""What staged blocks must satisfy before they become raw days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import duckdb

from dagster_project.chain.consensus import MEDIAN_SPAN, ONE_DAY, median_time
from dagster_project.chain.manifest import Manifest, read_manifest
from dagster_project.chain.parameters import ChainParameters, chain_of_genesis
from dagster_project.chain.staging import quoted
from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.settings import Chain, Settings

NEEDED = ("hash", "number", "timestamp", "median_time", "transaction_count", "bits")


@dataclass(frozen=True)
class Block:
    """A staged block, as far as it is checked row by row."""

    height: int
    hash: str
    previous_hash: str | None
    time: int
    median_time: int
    transaction_count: int


def staged_blocks(connection: duckdb.DuckDBPyConnection) -> list[Block]:
    """The rows of ``raw_blocks`` in order of height.

    Raises:
        SatledgerError: a block lacks a value that is needed.
    """
    lacking = connection.execute(f"""
        SELECT number, hash FROM raw_blocks WHERE {" OR ".join(f"{name} IS NULL" for name in NEEDED)}
        ORDER BY number, hash LIMIT 1
    """).fetchone()
    if lacking:
        raise SatledgerError(
            f"Block {lacking[0]} ({lacking[1]}) lacks one of {', '.join(NEEDED)}: export it again with bitcoin-etl 1.5."
        )
    rows = connection.execute("""
        SELECT number, hash, previous_hash, timestamp, median_time, transaction_count FROM raw_blocks
        ORDER BY number, hash
    """).fetchall()
    return [Block(*row) for row in rows]


def check_blocks(blocks: Sequence[Block], parameters: ChainParameters) -> None:
    """Check that the blocks of some consecutive days, in order of height, are contiguous, linked and of the chain.

    Raises:
        SatledgerError: they are not.
    """
    for parent, block in pairwise(blocks):
        if block.height == parent.height:
            raise SatledgerError(
                f"Block {block.height} is listed twice ({parent.hash} and {block.hash}): remove one of them, or export "
                "that range again."
            )
        if block.height != parent.height + 1:
            raise SatledgerError(
                f"Block {parent.height + 1} is missing (after it comes {block.height}): export that range again."
            )
        if block.previous_hash not in (None, parent.hash):
            raise SatledgerError(
                f"Block {block.height} does not follow block {parent.height}: its parent is {block.previous_hash}, not "
                f"{parent.hash}; the chain was reorganised while it was read, so read that range again."
            )
    if blocks and blocks[0].height == 0:
        check_genesis(blocks[0].hash, parameters)


def check_genesis(block_hash: str, parameters: ChainParameters) -> None:
    """Check that block 0 is the one of the chain.

    Raises:
        SatledgerError: it is another; the sentence names the chain that it belongs to, where that is known.
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


def check_continuation(blocks: Sequence[Block], ancestors: Sequence[Block]) -> None:
    """Check that blocks continue what the lake holds, and that their consensus times are right.

    Args:
        blocks: contiguous blocks, in order of height.
        ancestors: the blocks that the lake holds before them, up to ten; none where it does not hold the day before.

    Raises:
        SourceChangedError: they do not continue what the lake holds.
        SatledgerError: a time is wrong.
    """
    if not blocks:
        return
    _check_beginning(blocks[0], ancestors)
    times = [block.time for block in ancestors]
    known_from = ancestors[0].height if ancestors else blocks[0].height
    for block in blocks:
        times.append(block.time)
        expected = median_time(times[-MEDIAN_SPAN:])
        # Without all of its ancestors' header times a block's consensus time cannot be told.
        if block.height - known_from >= min(block.height, MEDIAN_SPAN - 1) and block.median_time != expected:
            raise SatledgerError(
                f"Block {block.height} has the median time {block.median_time}, but its header times give {expected}: "
                "the source is not to be trusted there; read that range again from another one."
            )


def _check_beginning(first: Block, ancestors: Sequence[Block]) -> None:
    if not ancestors:
        return
    parent = ancestors[-1]
    if first.height != parent.height + 1 or first.previous_hash not in (None, parent.hash):
        raise SourceChangedError(
            f"Block {first.height} ({first.hash}) does not continue the lake, which ends with block {parent.height} "
            f"({parent.hash}) before it: the source was reorganised; start the build again."
        )


def lake_ancestors(connection: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> list[Block]:
    """The last blocks that the lake holds before a day, up to ten; none where it does not hold the day before."""
    found: list[Manifest] = []
    before = day - ONE_DAY
    while sum(manifest.blocks for manifest in found) < MEDIAN_SPAN - 1:
        manifest = read_manifest(settings.raw, before)
        if manifest is None:
            break
        if manifest.blocks:
            found.append(manifest)
        before -= ONE_DAY
    if not found:
        return []
    paths = ", ".join(quoted(settings.raw / manifest.day.isoformat() / "blocks.parquet") for manifest in found)
    rows = connection.execute(f"""
        SELECT number, hash, previous_hash, timestamp, median_time, transaction_count FROM read_parquet([{paths}])
        ORDER BY number DESC LIMIT {MEDIAN_SPAN - 1}
    """).fetchall()
    return [Block(*row) for row in reversed(rows)]


def check_transactions(connection: duckdb.DuckDBPyConnection) -> None:
    """Check that ``raw_transactions`` are exactly those of ``raw_blocks``, each once and whole.

    Raises:
        SatledgerError: one is missing, listed twice, of another block, or lacks a part; the sentence names it.
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
            f"The transaction {name} of block {height} is listed {times} times: remove what is doubled, or export that "
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
