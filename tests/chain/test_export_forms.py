"""Export files as people have them: other forms, older versions, other units, other chains."""

import codecs
import copy
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dagster_project.blocks.parameters import FOREIGN_GENESIS, load_parameters
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources.row_problems import BLOCK_VALUES, TRANSACTION_VALUES
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days, held_manifests
from dagster_project.settings import Chain
from tests.chain.lake import (
    Row,
    complete_days,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    query,
    write_export,
    write_lines,
)
from tests.reference.chains import ChainOptions, build_chain
from tests.reference.edits import resealed

Rows = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Blocks and transactions of a small chain, as bitcoin-etl exports them."""
    chain = build_chain(ChainOptions(seed=16, blocks=30, days=5, payments=2, duplicates=False))
    return chain.blocks, chain.transactions


@pytest.fixture(scope="module")
def usual(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the lake holds of that chain."""
    folder = tmp_path_factory.mktemp("usual")
    return built(folder, write_export(folder / "export", *rows))


def built(folder: Path, export: Path) -> dict[str, bytes]:
    """The files of the lake that an export gives."""
    settings = files_settings(folder / "home", export)
    assert len(extract_all(settings)) > 3
    return lake_files(settings)


def write_text(path: Path, text: str | bytes) -> None:
    """Write a file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def lines(rows: list[Row]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def in_form(write: Callable[[list[Row]], str | bytes], blocks: str = "blocks.json") -> Callable[[Path, Rows], None]:
    """An export whose files are written in some form."""

    def apply(folder: Path, rows: Rows) -> None:
        write_text(folder / blocks, write(rows[0]))
        write_text(folder / blocks.replace("blocks", "transactions"), write(rows[1]))

    return apply


def as_stream(folder: Path, rows: Rows) -> None:
    """One file with blocks and transactions, as ``bitcoinetl stream`` writes them."""
    items: list[Row] = []
    for start in range(0, len(rows[0]), 4):
        items += [row | {"type": "block"} for row in rows[0][start : start + 4]]
        items += [
            row | {"type": "transaction", "item_id": f"transaction_{row['hash']}"}
            for row in rows[1]
            if start <= row["block_number"] < start + 4
        ]
    write_text(folder / "items.json", lines(items))


def enriched(rows: list[Row]) -> list[Row]:
    """Transactions as ``enrich_transactions`` writes them."""
    spent = {(row["hash"], output["index"]): output for row in rows for output in row["outputs"]}
    found = copy.deepcopy(rows)
    for row in found:
        for item in row["inputs"]:
            output = spent[item["spent_transaction_hash"], item["spent_output_index"]]
            item |= {key: output[key] for key in ("type", "addresses", "value", "required_signatures")}
        row["input_value"] = sum(item["value"] for item in row["inputs"])
        row["fee"] = row["input_value"] - row["output_value"] if row["inputs"] else 0
    return found


def with_enriched(folder: Path, rows: Rows) -> None:
    """Enriched transactions instead of the plain ones."""
    write_text(folder / "blocks.json", lines(rows[0]))
    write_text(folder / "enriched_transactions.json", lines(enriched(rows[1])))


def with_both(folder: Path, rows: Rows) -> None:
    """Plain transactions of some heights, and enriched ones of all, in files whose heights overlap."""
    write_text(folder / "blocks.json", lines(rows[0]))
    write_text(folder / "transactions.json", lines([row for row in rows[1] if 5 <= row["block_number"] <= 20]))
    for last in (12, 99):
        part = [row for row in enriched(rows[1]) if last - 87 < row["block_number"] <= last or row["block_number"] < 13]
        name = f"enriched_transactions_{last}.json"
        write_text(folder / name, lines([row for row in part if (row["block_number"] <= 12) == (last == 12)]))


def changed_rows(
    block: Callable[[Row], Row] = lambda row: {}, transaction: Callable[[Row], Row] = lambda row: {}
) -> Callable[[Path, Rows], None]:
    """An export with some columns of each row changed."""

    def apply(folder: Path, rows: Rows) -> None:
        write_export(folder, [row | block(row) for row in rows[0]], [row | transaction(row) for row in rows[1]])

    return apply


def text_time(form: str) -> Callable[[Path, Rows], None]:
    """An export whose times are text."""

    def text(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)

    return changed_rows(
        lambda row: {"timestamp": text(row["timestamp"])},
        lambda row: {"block_timestamp": text(row["block_timestamp"])},
    )


def numbers_as_text(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """JSON with whole numbers as text, as BigQuery exports them."""
    match value:
        case dict():
            return {key: numbers_as_text(item) for key, item in value.items()}
        case list():
            return [numbers_as_text(item) for item in value]
        case bool() | None | str():
            return value
    return str(value)


def shifted(seconds: int) -> str:
    """A time with an offset of an hour."""
    return datetime.fromtimestamp(seconds + 3_600, UTC).strftime("%Y-%m-%dT%H:%M:%S+01:00")


READ = {
    "indented array": in_form(lambda rows: json.dumps(rows, indent=2)),
    "array in one line": in_form(json.dumps),
    "compressed array": in_form(lambda rows: gzip.compress(json.dumps(rows, indent=1).encode()), "blocks.json.gz"),
    "indented objects": in_form(lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows)),
    "byte order mark": in_form(lambda rows: codecs.BOM_UTF8 + lines(rows).encode()),
    "byte order mark and array": in_form(lambda rows: codecs.BOM_UTF8 + json.dumps(rows, indent=2).encode()),
    "line ends of Windows": in_form(lambda rows: lines(rows).replace("\n", "\r\n")),
    "other names": in_form(lines, "bq_blocks_000000000000.ndjson"),
    "stream": as_stream,
    "enriched": with_enriched,
    "enriched beside plain": with_both,
    "times of BigQuery": text_time("%Y-%m-%d %H:%M:%S UTC"),
    "times with fractions": text_time("%Y-%m-%d %H:%M:%S.000000 UTC"),
    "ISO times": text_time("%Y-%m-%dT%H:%M:%SZ"),
    "ISO times with a zero offset of digits": text_time("%Y-%m-%dT%H:%M:%S+0000"),
    "ISO times with a zero offset": text_time("%Y-%m-%dT%H:%M:%S+00:00"),
    "times with an offset": changed_rows(lambda row: {"timestamp": shifted(row["timestamp"])}),
    "numbers as text": changed_rows(numbers_as_text, numbers_as_text),
    "bits with 0x": changed_rows(lambda row: {"bits": f"0x{row['bits']}", "nonce": f"0x{row['nonce']}"}),
    "bits in capitals": changed_rows(lambda row: {"bits": row["bits"].upper()}),
    "bits as number": changed_rows(lambda row: {"bits": int(row["bits"], 16), "nonce": int(row["nonce"], 16)}),
    "sums of decimals": changed_rows(
        transaction=lambda row: {"output_value": float(row["output_value"]), "input_value": 0.5, "fee": None}
    ),
    "without sums": changed_rows(transaction=lambda row: {"output_value": None, "block_timestamp": None}),
}


@pytest.mark.parametrize("write", READ.values(), ids=READ)
def test_forms_that_give_the_same_days(
    tmp_path: Path, rows: Rows, usual: dict[str, bytes], write: Callable[[Path, Rows], None]
) -> None:
    write(tmp_path / "export", rows)
    assert built(tmp_path, tmp_path / "export") == usual


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


def left_aside(home: Path, export: Path) -> dict[str, str]:
    """The files that are left aside, with the reasons."""
    return {name: found.left() for name, found in open_source(files_settings(home, export)).intake.files.items()}


def test_other_files_in_the_folder_are_left_aside_and_told(tmp_path: Path, rows: Rows, usual: dict[str, bytes]) -> None:
    export = write_export(tmp_path / "export", *rows)
    write_text(export / "package.json", '{"name": "something else"}')
    write_text(export / "blocks.csv", "hash,number\n")
    write_text(export / ".cache" / "blocks.json", "nothing of ours")
    write_text(export / "README.md", "# Exports")
    assert built(tmp_path, export) == usual
    aside = left_aside(tmp_path / "other", export)
    assert aside.pop("README.md").startswith("no .json or .json.gz or ")
    assert aside == {
        ".cache": "hidden",
        "blocks.csv": "CSV, which cannot hold inputs and outputs as they are: export it as JSON lines (with "
        "bitcoin-etl: to a name that ends in .json)",
        "package.json": "its rows are neither blocks nor transactions of bitcoin-etl",
    }


def test_files_that_say_what_they_hold_win_over_those_that_look_like_it(
    tmp_path: Path, rows: Rows, usual: dict[str, bytes]
) -> None:
    """A folder that keeps a branch that was lost, under names of the user's own."""
    export = write_export(tmp_path / "export", *rows)
    lost = [row | {"hash": f"{number:064x}"} for number, row in enumerate(rows[0][-3:])]
    write_text(export / "reorg" / "lost_blocks.json", lines(lost))
    write_text(export / "reorg" / "lost_transactions.json", lines(rows[1][-3:]))
    assert built(tmp_path, export) == usual
    assert left_aside(tmp_path / "other", export) == {
        f"reorg/lost_{what}.json": f"{what}.json has a name that says what it holds, this one has not"
        for what in ("blocks", "transactions")
    }


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


def test_blocks_name_their_parents(tmp_path: Path, rows: Rows) -> None:
    """Also the first block of an export that begins in the middle of the chain."""
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *rows))
    days = complete_days(open_source(settings))
    list(open_source(settings).extract(days[:2]))
    last = held_manifests(settings.raw)[-1].last_height
    assert last is not None and last > 0
    write_export(
        tmp_path / "export",
        [row for row in rows[0] if row["number"] > last],
        [row for row in rows[1] if row["block_number"] > last],
    )
    list(open_source(settings).extract(days[2:]))
    found = query(settings, lambda table: f"SELECT hash, previous_hash FROM {table('blocks')} ORDER BY height")
    assert len(found) > last + 2 and found[0][1] == bytes(32)
    assert [parent for _, parent in found[1:]] == [block_hash for block_hash, _ in found[:-1]]
