"""The public data set as a source."""

import logging
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.chain.sources import dataset_tables, open_source
from dagster_project.chain.sources import public_dataset as source_module
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.lake.manifest import held_days, held_manifests
from dagster_project.settings import Settings
from tests.chain.dataset import s3_server, write_dataset
from tests.chain.lake import (
    complete_days,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    make_settings,
    query,
    raw_files,
)

DAY = timedelta(1)


@pytest.fixture(scope="session")
def late_dataset(late_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of regtest in the layout of the public data set."""
    return write_dataset(tmp_path_factory.mktemp("bucket"), late_export)


def dataset_settings(home: Path, dataset: Path | str, chain: str = "regtest") -> Settings:
    return make_settings(home=home, chain=chain, source="public-dataset", dataset=str(dataset))


def test_the_data_set_and_export_files_give_the_same_chain(
    tmp_path: Path, late_dataset: Path, late_export: Path, caplog: pytest.LogCaptureFixture
) -> None:
    theirs, ours = files_settings(tmp_path / "files", late_export), dataset_settings(tmp_path, late_dataset)
    extract_all(theirs)
    manifests = extract_all(ours)
    assert [m.fingerprint for m in manifests] == [m.fingerprint for m in held_manifests(theirs.raw)]
    assert not caplog.records  # its own resolved inputs agree with its outputs
    # Byte for byte, but for the manifests, which name the source.
    assert raw_files(ours) == raw_files(theirs)
    linked = query(
        ours, lambda table: f"SELECT count(*) FROM {table('blocks')} WHERE previous_hash <> unhex('{'00' * 32}')"
    )
    assert linked == [(600,)]


def test_one_day_reads_its_folder_and_the_neighbours_only(
    tmp_path: Path, late_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dataset_settings(tmp_path / "whole", late_dataset)
    source = open_source(whole)
    days = complete_days(source)[30:33]
    read: list[date] = []
    stage = dataset_tables.Dataset.stage

    def noted(self: dataset_tables.Dataset, connection: object, dates: list[date], heights: range) -> None:
        read.extend(dates)
        stage(self, connection, dates, heights)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(dataset_tables.Dataset, "stage", noted)
    list(source.extract(days[1:2]))
    assert set(read) <= set(days)
    assert days[1] in read and len(set(read)) > 1


def test_from_s3_without_an_account(tmp_path: Path, late_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb_extension_httpfs", reason="needs the extra s3")
    local, remote = (tmp_path / "local", tmp_path / "remote")
    settings = dataset_settings(local, late_dataset)
    days = complete_days(open_source(settings))[:3]
    list(open_source(settings).extract(days))
    with s3_server(late_dataset) as endpoint:
        s3 = {"s3_endpoint": endpoint, "s3_use_ssl": "false", "s3_url_style": "path"}
        monkeypatch.setattr(dataset_tables, "S3_SETTINGS", {**dataset_tables.S3_SETTINGS, **s3})
        there = dataset_settings(remote, f"s3://{late_dataset.name}")
        source = open_source(there)
        assert source.first_day() == days[0]
        list(source.extract(days))
    assert lake_files(there) == lake_files(settings)


def test_s3_needs_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_tables, "find_spec", lambda name: None)
    with pytest.raises(SatledgerError, match=r"Reading from S3 needs the package duckdb-extension-httpfs .*--extra s3"):
        open_source(dataset_settings(tmp_path, "s3://aws-public-blockchain/v1.0/btc"))


def rewrite(dataset: Path, table: str, day: str, select: str, name: str = "data_0.parquet") -> None:
    """Replace a file of a data set by what a query gives on it."""
    folder = dataset / table / f"date={day}"
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE rows AS FROM read_parquet('{folder}/data_0.parquet')")
    connection.execute(f"COPY ({select}) TO '{folder}/{name}' (FORMAT parquet)")


def change_output(value: str) -> str:
    """A query that gives all rows with another value in the first output of some."""
    return f"""
        SELECT * REPLACE ([struct_update(x, value := CASE WHEN index = 1 THEN {value} ELSE x.value END)
            FOR x IN outputs] AS outputs) FROM rows
    """


SPOILT = {
    "not a whole satoshi": (
        lambda data: rewrite(data, "transactions", "2024-02-10", change_output("0.000000015")),
        r"the amount 1.5e-08 BTC is not a whole number of satoshi",
    ),
    "not a number": (
        lambda data: rewrite(data, "transactions", "2024-02-10", change_output("'nan'::DOUBLE")),
        r"cannot be read \(.*(nan|satoshi)",
    ),
    "a file twice": (
        lambda data: rewrite(data, "transactions", "2024-02-10", "FROM rows", "part-00000-x.snappy.parquet"),
        r"The transaction \w+ of block \d+ is listed 2 times",
    ),
    "blocks twice": (
        lambda data: rewrite(data, "blocks", "2024-02-10", "FROM rows", "part-00000-x.snappy.parquet"),
        r"Block \d+ is listed twice in",
    ),
    "a block is missing": (
        lambda data: rewrite(data, "blocks", "2024-02-10", "FROM rows WHERE number % 10 <> 5"),
        r"Block \d+5 is missing in",
    ),
    "a folder is missing": (
        lambda data: shutil.rmtree(data / "transactions" / "date=2024-02-10"),
        r"cannot be read \(IO Error: No files found that match the pattern .*date=2024-02-10.*newest days are replaced",
    ),
    "a transaction is missing": (
        lambda data: rewrite(data, "transactions", "2024-02-10", "FROM rows WHERE index <> 2"),
        r"Block \d+ has \d+ transactions, but \d+ are there",
    ),
    "a damaged file": (
        lambda data: (data / "transactions" / "date=2024-02-10" / "data_0.parquet").write_bytes(b"PAR1"),
        r"cannot be read \(Invalid Input Error: .*data_0.parquet.* too small",
    ),
    "wrong median time": (
        lambda data: rewrite(
            data, "blocks", "2024-02-10", "SELECT * REPLACE (mediantime + INTERVAL 1 SECOND AS mediantime) FROM rows"
        ),
        r"Block \d+ is said to have the median time \d+ \(.*\), but its header times give",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT.values(), ids=SPOILT)
def test_what_is_not_whole_is_refused(
    tmp_path: Path, late_dataset: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    dataset = tmp_path / "dataset"
    for table in ("blocks", "transactions"):
        for day in ("2011-02-02", *(f"2024-02-{day:02d}" for day in range(6, 15))):
            if (late_dataset / table / f"date={day}").is_dir():
                shutil.copytree(late_dataset / table / f"date={day}", dataset / table / f"date={day}")
    for table in ("blocks", "transactions"):
        shutil.rmtree(dataset / table / "date=2011-02-02")
    settings = dataset_settings(tmp_path / "home", dataset)
    day = date(2024, 2, 9)
    list(open_source(settings).extract([day]))
    before = lake_files(settings)
    spoil(dataset)
    with pytest.raises(SatledgerError, match=sentence) as caught:
        list(open_source(settings).extract([day + DAY]))
    assert "\n" not in str(caught.value)
    assert lake_files(settings) == before
    assert leftovers(settings) == []


def test_accounts_come_from_scripts_and_differences_are_reported(
    tmp_path: Path, late_dataset: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(late_dataset, dataset)
    right = dataset_settings(tmp_path / "right", late_dataset)
    days = complete_days(open_source(right))[30:50]
    list(open_source(right).extract(days))
    for folder in (dataset / "transactions").iterdir():
        rewrite(
            dataset,
            "transactions",
            folder.name.removeprefix("date="),
            "SELECT * REPLACE ([struct_update(x, address := 'nobody') FOR x IN outputs] AS outputs) FROM rows",
        )
    wrong = dataset_settings(tmp_path / "wrong", dataset)
    caplog.set_level(logging.WARNING)
    list(open_source(wrong).extract(days))
    assert any("inputs are resolved otherwise than the outputs that they spend" in text for text in caplog.messages)

    assert raw_files(wrong) == raw_files(right)


def test_a_copy_of_a_part_says_what_is_missing(tmp_path: Path, late_dataset: Path) -> None:
    dataset = tmp_path / "dataset"
    for table in ("blocks", "transactions"):
        for day in (f"2024-03-{day:02d}" for day in range(5, 13)):
            shutil.copytree(late_dataset / table / f"date={day}", dataset / table / f"date={day}")
    source = open_source(dataset_settings(tmp_path / "home", dataset))
    # The first block of the first folder belongs to the day before by consensus time, so the next day is whole.
    assert source.first_day() == date(2024, 3, 5)
    with pytest.raises(
        SatledgerError, match=r"begins with block \d+, perhaps in the middle of 2024-03-04: the folders"
    ):
        list(source.extract([date(2024, 3, 4)]))
    complete = source.last_complete_day()
    assert complete is not None and complete >= date(2024, 3, 10)
    with pytest.raises(IncompleteDayError, match="is not complete yet"):
        list(source.extract([complete + DAY]))
    assert len(list(source.extract([date(2024, 3, 7), complete]))) == 2


def test_days_that_the_data_set_replaces_are_stale(
    tmp_path: Path, late_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "LOOK_BACK_DAYS", 2)
    settings = dataset_settings(tmp_path / "home", late_dataset)
    source = open_source(settings)
    list(source.extract(complete_days(source)[-20:]))
    held = held_manifests(settings.raw)
    assert source.stale_days(held) == []
    dataset = tmp_path / "dataset"
    shutil.copytree(late_dataset, dataset)
    for folder in sorted((dataset / "blocks").iterdir()):
        changed = "SELECT * REPLACE (CASE WHEN number > 550 THEN 'b' || hash[2:] ELSE hash END AS hash) FROM rows"
        rewrite(dataset, "blocks", folder.name.removeprefix("date="), changed)
    other = open_source(dataset_settings(tmp_path / "home", dataset))
    replaced = [manifest.day for manifest in held if manifest.last_height is not None and manifest.last_height > 550]
    assert 2 < len(replaced) < len(held)
    assert other.stale_days(held) == replaced


def test_a_data_set_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="There are no folders blocks/date=YYYY-MM-DD with Parquet files in"):
        open_source(dataset_settings(tmp_path / "home", tmp_path))
    with pytest.raises(SatledgerError, match="SATLEDGER_DATASET is not set"):
        open_source(make_settings(home=tmp_path, chain="mainnet", source="public-dataset"))
    assert held_days(tmp_path) == []
