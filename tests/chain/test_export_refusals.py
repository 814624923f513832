"""Export files that cannot be read are refused in a sentence: what is missing, in other units, of other chains."""

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.blocks.parameters import FOREIGN_GENESIS, load_parameters
from dagster_project.chain.sources.row_problems import BLOCK_VALUES, TRANSACTION_VALUES
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Chain
from tests.chain.export_forms import Rows, built, changed_rows, in_form, lines, small_rows, text_time, write_text
from tests.chain.lake import (
    Row,
    extract_all,
    files_settings,
    leftovers,
    write_export,
    write_lines,
)
from tests.reference.edits import resealed


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Blocks and transactions of a small chain, as bitcoin-etl exports them."""
    return small_rows()


def without(name: str, table: str, *, whole: bool) -> Callable[[Path, Rows], None]:
    """An export that lacks a column in all rows, or from the sixth row on."""

    def apply(folder: Path, rows: Rows) -> None:
        found = copy.deepcopy(rows)
        for row in found[table == "transactions"][0 if whole else 5 :]:
            if whole:
                del row[name]
            else:
                row[name] = None
        write_export(folder, *found)

    return apply


NEEDED = [("blocks", name) for name in BLOCK_VALUES] + [("transactions", name) for name in TRANSACTION_VALUES]


def refused(tmp_path: Path, write: Callable[[Path, Rows], None], rows: Rows, sentence: str, chain: Chain) -> None:
    """See that an export is refused in one sentence, and that nothing is left of it."""
    write(tmp_path / "export", rows)
    settings = files_settings(tmp_path / "home", tmp_path / "export", chain)
    with pytest.raises(SatledgerError, match=sentence) as caught:
        extract_all(settings)
    assert "\n" not in str(caught.value)
    assert "truncated or damaged" not in str(caught.value)
    assert held_days(settings.raw) == [] and leftovers(settings) == []


@pytest.mark.parametrize("whole", [True, False], ids=["column", "value"])
@pytest.mark.parametrize(("table", "name"), NEEDED)
def test_what_is_needed_and_missing_is_named_with_file_and_line(
    tmp_path: Path, rows: Rows, table: str, name: str, whole: bool
) -> None:
    sentence = rf"{table}\.json, line {1 if whole else 6}: {name} is missing or null: export that range again"
    refused(tmp_path, without(name, table, whole=whole), rows, sentence, Chain.REGTEST)


def test_a_row_is_named_where_rows_are_no_lines(tmp_path: Path, rows: Rows) -> None:
    blocks = [row | {"bits": None} if row["number"] == 7 else row for row in rows[0]]
    write = in_form(lambda rows: json.dumps(rows, indent=2))
    refused(tmp_path, write, (blocks, rows[1]), r"blocks\.json, row 8: bits is missing or null", Chain.REGTEST)


def change_output(**values: object) -> Callable[[Path, Rows], None]:
    """An export with other values in the first output of the transactions of block 3."""
    return changed_rows(
        transaction=lambda row: (
            {"outputs": [row["outputs"][0] | values, *row["outputs"][1:]]} if row["block_number"] == 3 else {}
        )
    )


def in_btc(folder: Path, rows: Rows) -> None:
    """An export of coinbases that pay 50, in BTC."""
    blocks = [row | {"transaction_count": 1} for row in rows[0]]
    write_export(folder, blocks, coinbases(rows, lambda height: 50))


def coinbases(rows: Rows, value: Callable[[int], int]) -> list[Row]:
    """The coinbases alone, with one output of some value."""
    return [
        row | {"outputs": [row["outputs"][0] | {"value": amount}], "output_value": amount, "output_count": 1}
        for row in rows[1]
        if row["is_coinbase"]
        for amount in [value(row["block_number"])]
    ]


REFUSED = {
    "half a satoshi": (
        change_output(value=0.5),
        r"transactions\.json, line \d+: output 0 has the value 0\.5, not a whole number of satoshi",
    ),
    "BTC with decimals": (
        changed_rows(
            transaction=lambda row: {
                "output_value": None,
                "outputs": [output | {"value": output["value"] / 1e8} for output in row["outputs"]],
            }
        ),
        r"line \d+: output \d+ has the value [0-9.e-]+, not a whole number of satoshi \(amounts in BTC have to be mul",
    ),
    "BTC without decimals": (
        in_btc,
        r"transactions\.json, line 1: the coinbase of block 0 pays 50 satoshi, so the amounts of this file seem to be",
    ),
    "negative value": (change_output(value=-1), r"line \d+: output 0 has the value -1, which no output can have"),
    "more than there is": (change_output(value=1e30), r"line \d+: output 0 has the value 1e\+?30, which no output can"),
    "output without value": (change_output(value=None), r"line \d+: output 0 lacks value"),
    "output without script": (change_output(script_hex=None), r"line \d+: output 0 lacks script_hex"),
    "no inputs": (
        changed_rows(transaction=lambda row: {"inputs": None}),
        r"transactions\.json, line \d+: inputs is missing or null: export that range again",
    ),
    "input without outpoint": (
        changed_rows(
            transaction=lambda row: {"inputs": [item | {"spent_output_index": None} for item in row["inputs"]]}
        ),
        r"line \d+: input 0 lacks spent_output_index",
    ),
    "another sum": (
        changed_rows(transaction=lambda row: {"output_value": row["output_value"] + (row["block_number"] == 3)}),
        r"transactions\.json, line \d+: output_value is \d+, but the outputs add up to \d+: export",
    ),
    "bits that are no target": (
        changed_rows(lambda row: {"bits": "zz"}),
        r'blocks\.json, line 1: bits is "zz", not eight hexadecimal digits',
    ),
    "milliseconds": (
        changed_rows(lambda row: {"timestamp": row["timestamp"] * 1000}),
        r"blocks\.json, line 1: timestamp is \d+, which is neither seconds since 1970 nor a time in UTC",
    ),
    "a time zone": (
        text_time("%Y-%m-%d %H:%M:%S CET"),
        r"line 1: timestamp is [0-9: -]+ CET, which is neither seconds since 1970 nor a time in UTC",
    ),
    "a day": (text_time("%Y-%m-%d"), r"line 1: timestamp is [0-9-]+, which is neither seconds since 1970 nor a time"),
    "text where a number belongs": (
        changed_rows(lambda row: {"number": "first"}),
        r"blocks\.json, line 1, has a value of another kind than bitcoin-etl writes \(.*first.*\): export",
    ),
    "CSV": (
        in_form(lambda rows: "hash,number,inputs\nab,1,\"[{'index': 0}]\"\n"),
        r"blocks\.json is CSV, which cannot hold inputs and outputs as they are: export it as JSON lines",
    ),
    "CSV by name": (
        in_form(lambda rows: "hash,number\nab,1\n", "blocks.csv"),
        r"blocks\.csv is CSV, which cannot hold inputs and outputs as they are: export it as JSON lines",
    ),
    "UTF-16": (
        in_form(lambda rows: lines(rows).encode("utf-16")),
        r"blocks\.json is UTF-16 text: save it as UTF-8",
    ),
    "no JSON": (in_form(lambda rows: "PAR1\0\0"), r"blocks\.json is not JSON: export it as JSON lines"),
    "compressed under another name": (
        in_form(lambda rows: gzip.compress(lines(rows).encode())),
        r"blocks\.json is compressed: give it a name that ends in \.gz",
    ),
    "no transactions": (
        lambda folder, rows: write_lines(folder / "blocks.json", rows[0]),
        r"There is no transactions\*\.json or transactions\*\.json\.gz in .* to another folder\.$",
    ),
    "no transactions, but something else": (
        lambda folder, rows: (
            write_lines(folder / "blocks.json", rows[0]),
            write_text(folder / "txs.json", '{"txid": 1}'),
        ),
        r"There is no transactions\*\.json .*\(left aside: txs.json: its rows are neither blocks nor transactions of",
    ),
}


@pytest.mark.parametrize(("write", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, rows: Rows, write: Callable[[Path, Rows], None], sentence: str
) -> None:
    refused(tmp_path, write, rows, sentence, Chain.REGTEST)


def test_a_miner_that_asks_for_little_is_no_sign_of_btc(tmp_path: Path, rows: Rows) -> None:
    """One coinbase of 50 satoshi among others is what it is."""
    transactions = coinbases(rows, lambda height: 50 if height == 4 else 5_000_000_000)
    built(tmp_path, write_export(tmp_path / "export", *resealed(rows[0], transactions)))


@pytest.mark.parametrize(("block_hash", "owner"), FOREIGN_GENESIS.items(), ids=FOREIGN_GENESIS.values())
def test_the_chain_of_a_known_block_0_is_named(tmp_path: Path, rows: Rows, block_hash: str, owner: str) -> None:
    """Also where its rows are of another kind: Zcash has longer nonces."""
    sentence = rf"Block 0 is {block_hash}, but regtest begins with \w+: it is that of {owner}, which satledger does not"
    write = changed_rows(lambda row: {"nonce": "00" * 32} | ({"hash": block_hash} if row["number"] == 0 else {}))
    refused(tmp_path, write, rows, sentence, Chain.REGTEST)


def test_the_setting_for_another_of_our_chains_is_named(tmp_path: Path, rows: Rows) -> None:
    assert load_parameters(Chain.REGTEST).genesis_hash == rows[0][0]["hash"]
    sentence = (
        r"Block 0 is 0f9188f1\w+, but mainnet begins with 0{10}19d6\w+: it is that of regtest; set SATLEDGER_CHAIN="
    )
    refused(tmp_path, changed_rows(), rows, sentence, Chain.MAINNET)
