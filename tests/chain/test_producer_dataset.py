"""The public data set as its producer really writes it: columns only where they have values, sums of doubles."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.chain.sources import open_source
from dagster_project.chain.sources.row_problems import BLOCK_VALUES, TRANSACTION_VALUES
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Settings
from tests.chain.lake import (
    complete_days,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    make_settings,
    raw_files,
    write_export,
)
from tests.chain.producer import columns_of, files_of, write_producer_dataset
from tests.reference.chains import ChainOptions, RandomChain, build_chain


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """A small chain with days of coinbases alone, of bare public keys, and with payments."""
    return build_chain(ChainOptions(seed=17, blocks=40, days=7, payments=3, leading_blocks=6))


@pytest.fixture(scope="module")
def from_files(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The raw days of the chain's export files."""
    folder = tmp_path_factory.mktemp("files")
    settings = files_settings(folder / "home", write_export(folder / "export", chain.blocks, chain.transactions))
    extract_all(settings)
    return raw_files(settings)


@pytest.fixture(scope="module")
def original(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chain as the producer writes it; tests change copies of it."""
    return write_producer_dataset(tmp_path_factory.mktemp("original"), chain.blocks, chain.transactions)


@pytest.fixture
def dataset(original: Path, tmp_path: Path) -> Path:
    """A copy of the data set that a test may change."""
    return shutil.copytree(original, tmp_path / "dataset")


def dataset_settings(home: Path, dataset: Path, chain: str = "regtest") -> Settings:
    """Settings that read a data set."""
    return make_settings(home=home, chain=chain, source="public-dataset", dataset=str(dataset))


@pytest.mark.parametrize("files", [1, 3])
def test_the_data_set_gives_the_bytes_of_the_export(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes], files: int
) -> None:
    dataset = write_producer_dataset(tmp_path / "dataset", chain.blocks, chain.transactions, files)
    found = [columns_of(path) for path in files_of(dataset, "transactions")]
    assert any("inputs" not in columns for columns in found) and any("inputs" in columns for columns in found)
    assert any("address" not in columns["outputs"] for columns in found)
    assert any("previousblockhash" not in columns_of(path) for path in files_of(dataset, "blocks"))
    whole, daily = dataset_settings(tmp_path / "whole", dataset), dataset_settings(tmp_path / "daily", dataset)
    extract_all(whole)
    for day in complete_days(open_source(daily)):
        list(open_source(daily).extract([day]))
    assert len(from_files) > 15
    assert raw_files(whole) == from_files
    assert raw_files(daily) == from_files


def test_the_first_blocks_of_mainnet_as_the_producer_writes_them(shared: Path, tmp_path: Path) -> None:
    data = shared / "data"
    if not (data / "aws_mainnet_0_255").is_dir():
        pytest.skip("needs aws_mainnet_0_255 in ../shared, which is not here")
    export = tmp_path / "export"
    export.mkdir()
    for name in ("blocks.json.gz", "transactions.json.gz"):
        shutil.copyfile(data / "mainnet_0_255" / name, export / name)
    files = make_settings(home=tmp_path / "files", chain="mainnet", source="files", files=export)
    extract_all(files)
    whole, daily = (
        dataset_settings(tmp_path / home, data / "aws_mainnet_0_255", "mainnet") for home in ("whole", "daily")
    )
    assert len(extract_all(whole)) == 9
    for day in complete_days(open_source(daily)):
        list(open_source(daily).extract([day]))
    assert raw_files(whole) == raw_files(daily) == raw_files(files)


def test_a_sum_of_doubles_is_not_taken_for_the_sum(tmp_path: Path, dataset: Path, from_files: dict[str, bytes]) -> None:
    """The sum of 1.0875542900000013 BTC that the data set has for outputs of 108755429 satoshi."""
    change(dataset, "output_value + 2e-15 AS output_value")
    settings = dataset_settings(tmp_path / "home", dataset)
    extract_all(settings)
    assert raw_files(settings) == from_files


def change(dataset: Path, expression: str, table: str = "transactions", where: str = "true") -> None:
    """Replace a column in the files of a table by an expression, where it has that name, in some of the rows."""
    name = expression.rsplit(" ", 1)[-1]
    for path in files_of(dataset, table):
        if name not in columns_of(path):
            continue
        value = expression.removesuffix(f" AS {name}")
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE rows AS FROM '{path}'")
            connection.execute(
                f"COPY (SELECT * REPLACE (CASE WHEN {where} THEN {value} ELSE {name} END AS {name}) FROM rows) "
                f"TO '{path}' (FORMAT parquet)"
            )


def drop(dataset: Path, table: str, name: str) -> None:
    """Leave a column out of all files of a table."""
    for path in files_of(dataset, table):
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE rows AS SELECT * EXCLUDE ({name}) FROM '{path}'")
            connection.execute(f"COPY rows TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize("gone", ["column", "value"])
@pytest.mark.parametrize(
    ("table", "name"),
    [("blocks", name) for name in (*BLOCK_VALUES, "mediantime")]
    + [("transactions", name) for name in TRANSACTION_VALUES if name != "outputs"],
)
def test_what_is_needed_and_missing_is_named_with_file_and_row(
    tmp_path: Path, dataset: Path, table: str, name: str, gone: str
) -> None:
    if gone == "column":
        drop(dataset, table, name)
    else:
        change(dataset, f"NULL AS {name}", table, f"{'number' if table == 'blocks' else 'block_number'} % 5 = 3")
    settings = dataset_settings(tmp_path / "home", dataset)
    with pytest.raises(
        SatledgerError, match=rf"cannot be read \(.*{table}/date=[0-9-]+/part-\S+, row \d+: {name} is missing or null\)"
    ) as caught:
        extract_all(settings)
    assert "\n" not in str(caught.value)
    assert held_days(settings.raw) == [] and leftovers(settings) == []


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            "[struct_update(x, value := x.value + 5e-9) FOR x IN outputs] AS outputs",
            r"row \d+: the amount \S+ BTC is not a whole number of satoshi",
        ),
        (
            "output_value + 1 AS output_value",
            r"row \d+: output_value is \S+ BTC, but the outputs add up to \d+ satoshi",
        ),
        ("[struct_update(x, script_hex := NULL) FOR x IN outputs] AS outputs", r"row \d+: output 0 lacks script_hex"),
        ("[struct_update(x, value := NULL) FOR x IN outputs] AS outputs", r"row \d+: output 0 lacks value"),
        ("[struct_update(x, spent_output_index := NULL) FOR x IN inputs] AS inputs", r"input 0 lacks spent_output_ind"),
        ("NULL AS outputs", r"row \d+: outputs is missing or null"),
        ("NULL AS inputs", r"row \d+: inputs is missing or null"),
    ],
)
def test_impossible_amounts_and_parts_are_named_with_file_and_row(
    tmp_path: Path, dataset: Path, expression: str, sentence: str
) -> None:
    settings = dataset_settings(tmp_path / "home", dataset)
    days = complete_days(open_source(settings))
    list(open_source(settings).extract(days[:1]))
    before = lake_files(settings)
    change(dataset, expression, where="block_number % 5 = 3")
    with pytest.raises(SatledgerError, match=sentence) as caught:
        list(open_source(settings).extract(days[1:]))
    assert "\n" not in str(caught.value) and "part-00000" in str(caught.value)
    assert lake_files(settings) == before and held_days(settings.raw) == [days[0]]
    assert days[0] > date(2011, 2, 2)


def test_a_folder_of_a_day_that_does_not_exist_is_not_read(
    tmp_path: Path, dataset: Path, from_files: dict[str, bytes]
) -> None:
    shutil.copytree(next((dataset / "blocks").iterdir()), dataset / "blocks" / "date=2009-02-31")
    settings = dataset_settings(tmp_path / "home", dataset)
    extract_all(settings)
    assert raw_files(settings) == from_files
