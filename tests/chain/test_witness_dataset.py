"""The public data set names transactions by their ids with witnesses; the lake gets the txids all the same."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from tests.chain.lake import (
    extract_all,
    files_settings,
    held_nothing,
    make_settings,
    raw_files,
    read_lines,
    write_export,
)
from tests.chain.producer import columns_of, files_of, write_producer_dataset
from tests.chain.raw_witnesses import Witnessed, witnesses_of
from tests.node import read_raw_blocks
from tests.reference.chains import ChainOptions, RandomChain, build_chain


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """A small chain in which some transactions have witnesses."""
    return build_chain(ChainOptions(seed=5, blocks=30, days=4, payments=4))


@pytest.fixture(scope="module")
def witnesses(chain: RandomChain) -> Mapping[str, Witnessed]:
    """Its witnesses."""
    return witnesses_of(chain.raw_blocks)


@pytest.fixture(scope="module")
def original(chain: RandomChain, witnesses: Mapping[str, Witnessed], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chain as the producer writes it; tests change copies of it."""
    folder = tmp_path_factory.mktemp("witnesses")
    return write_producer_dataset(folder, chain.blocks, chain.transactions, witnesses=witnesses)


@pytest.fixture(scope="module")
def from_files(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The raw days of the chain's export."""
    folder = tmp_path_factory.mktemp("files")
    settings = files_settings(folder / "home", write_export(folder / "export", chain.blocks, chain.transactions))
    extract_all(settings)
    return raw_files(settings)


def raw_days_of(home: Path, dataset: Path) -> dict[str, bytes]:
    """The raw days that a data set gives."""
    settings = make_settings(home=home, chain="regtest", source="public-dataset", dataset=str(dataset))
    extract_all(settings)
    return raw_files(settings)


def test_ids_with_witnesses_give_the_bytes_of_the_export(
    tmp_path: Path,
    chain: RandomChain,
    witnesses: Mapping[str, Witnessed],
    original: Path,
    from_files: dict[str, bytes],
) -> None:
    coinbases = {row["hash"] for row in chain.transactions if row["is_coinbase"]}
    assert len(witnesses) > 10 and coinbases & witnesses.keys() and witnesses.keys() - coinbases
    names = duckdb.sql(f"SELECT hash FROM '{original}/transactions/*/*.parquet'").fetchall()
    assert {witnessed.wtxid for witnessed in witnesses.values()} <= {name for (name,) in names}
    assert raw_days_of(tmp_path, original) == from_files != {}


def test_a_real_chain_with_witnesses(tmp_path: Path, shared: Path, regtest_export: Path) -> None:
    data = shared / "data" / "regtest_70_days"
    witnesses = witnesses_of(bytes.fromhex(raw) for raw in read_raw_blocks(data / "raw_blocks.hex.gz"))
    assert len(witnesses) > 15_000
    blocks, transactions = (read_lines(data / f"{name}.json.gz") for name in ("blocks", "transactions"))
    blocks.sort(key=lambda row: row["number"])
    dataset = write_producer_dataset(tmp_path / "dataset", blocks, transactions, witnesses=witnesses)
    files = files_settings(tmp_path / "files", regtest_export)
    extract_all(files)
    assert raw_days_of(tmp_path / "home", dataset) == raw_files(files) != {}


def change(original: Path, folder: Path, expression: str, where: str = "true") -> Path:
    """A copy of the data set in which a column of transactions has another value in some rows."""
    dataset = shutil.copytree(original, folder)
    name = expression.rsplit(" ", 1)[-1]
    for path in files_of(dataset, "transactions"):
        columns = columns_of(path)
        # Only files with witnesses have the field, and only those with inputs the column.
        if "txinwitness" not in expression + where or "txinwitness" in columns.get("inputs", ""):
            with duckdb.connect() as connection:
                connection.execute(f"CREATE TABLE rows AS FROM '{path}'")
                value = expression.removesuffix(f" AS {name}")
                connection.execute(
                    f"COPY (SELECT * REPLACE (CASE WHEN {where} THEN {value} ELSE {name} END AS {name}) FROM rows) "
                    f"TO '{path}' (FORMAT parquet)"
                )
    return dataset


def test_without_the_witnesses_the_merkle_root_decides(
    tmp_path: Path, original: Path, from_files: dict[str, bytes]
) -> None:
    dataset = change(
        original, tmp_path / "dataset", "[struct_update(x, txinwitness := NULL) FOR x IN inputs] AS inputs"
    )
    assert raw_days_of(tmp_path / "home", dataset) == from_files


@pytest.mark.parametrize(
    ("expression", "where", "sentence"),
    [
        (
            "sha256(hash) AS hash",
            "len([x FOR x IN inputs IF len(x.txinwitness) > 0]) > 0",
            "have the hash",
        ),
        ("sha256(hash) AS hash", "len([x FOR x IN inputs IF len(x.txinwitness) > 0]) = 0", "have the hash"),
        ("sha256(hash) AS hash", "is_coinbase AND size = virtual_size", "Merkle root|have the hash"),
        (
            "[struct_update(x, txinwitness := ['00', '01']) FOR x IN inputs] AS inputs",
            "len([x FOR x IN inputs IF len(x.txinwitness) > 0]) > 0",
            "have the hash",
        ),
        (
            "[struct_update(x, txinwitness := ['zz']) FOR x IN inputs] AS inputs",
            "len([x FOR x IN inputs IF len(x.txinwitness) > 0]) > 0",
            "the witness of its input 0 is not hexadecimal",
        ),
        ("virtual_size + 1 AS virtual_size", "index > 0", r"is said to have the virtual size \d+, but its size of"),
        ("size + 1 AS size", "index > 0", r"is said to have \d+ bytes, but its fields and witnesses take \d+|size"),
    ],
)
def test_a_row_whose_id_is_neither_of_its_own_is_refused(
    tmp_path: Path, original: Path, expression: str, where: str, sentence: str
) -> None:
    dataset = change(original, tmp_path / "dataset", expression, where)
    settings = make_settings(home=tmp_path / "home", chain="regtest", source="public-dataset", dataset=str(dataset))
    with pytest.raises(SatledgerError, match=rf"Block \d+.*({sentence})"):
        extract_all(settings)
    assert held_nothing(settings)
