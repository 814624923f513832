"""Files of the lake, of Dagster and of settings that others damaged or left behind: what is said of them."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from dagster_project.database import explanation
from dagster_project.errors import SatledgerError
from dagster_project.files import put_in_place, set_aside
from dagster_project.inputs.lake_table import write_table
from dagster_project.instance import damaged_history, set_history_aside
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Settings
from dagster_project.warehouse.columns import recorded_types
from dagster_project.warehouse.dbt_run import Outcome
from dagster_project.warehouse.failures import failure
from dagster_project.warehouse.manifest import load_manifest
from tests.cli.command import satledger
from tests.orchestration.damage import Told, torn


def test_side_files_belong_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    place, aside = tmp_path / "a.duckdb", tmp_path / ".a.aside"
    for name in ("a.duckdb", "a.duckdb.wal", "a.duckdb.wal.checkpoint", "a.duckdb.wal.recovery", ".a.duckdb.crc"):
        (tmp_path / name).write_text("old")
    aside.write_text("new")
    put_in_place(aside, place)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.duckdb": "new"}


def test_a_table_of_the_lake_loses_the_checksum_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    write_table(path, {"asset": "VARCHAR"}, [("btc",)])
    (tmp_path / ".prices.parquet.crc").write_bytes(b"crc of the old one, as Hadoop keeps it")
    write_table(path, {"asset": "VARCHAR"}, [("ltc",)])
    assert [found.name for found in tmp_path.iterdir()] == ["prices.parquet"]


def test_what_is_set_aside_keeps_what_belongs_to_it_and_what_was_set_aside_before(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    for number in (1, 2):
        path.write_text(f"file {number}")
        path.with_name("warehouse.duckdb.wal").write_text(f"log {number}")
        set_aside(path)
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {
        "warehouse.duckdb.damaged": "file 1",
        "warehouse.duckdb.damaged.wal": "log 1",
        "warehouse.duckdb.damaged-2": "file 2",
        "warehouse.duckdb.damaged-2.wal": "log 2",
    }


@pytest.mark.parametrize("name", ["foo", "2023-13-45", "20230105", "2023-1-5"])
def test_a_strange_folder_in_the_lake_is_named(tmp_path: Path, name: str) -> None:
    strange = tmp_path / "lake" / "raw" / "sample" / name
    strange.mkdir(parents=True)
    done = satledger(tmp_path, "build", "--source", "sample")
    assert done.returncode == 1
    assert f"{strange} is a folder that does not belong in the lake" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_in_place_of_a_day_or_of_all_of_them_is_named(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_text("")
    with pytest.raises(SatledgerError, match="raw is not a folder: move it away"):
        held_days(raw)
    raw.unlink()
    raw.mkdir()
    for name in (".DS_Store", "lost+found"):
        (raw / name).mkdir()
    assert held_days(raw) == []
    (raw / "2023-01-05").write_text("")
    with pytest.raises(SatledgerError, match="2023-01-05 is a file that does not belong in the lake"):
        held_days(raw)


def test_a_strange_chain_in_the_lake_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake" / "raw" / "dogecoin").mkdir(parents=True)
    done = satledger(tmp_path, "status")
    assert done.returncode == 1
    assert "dogecoin does not belong in the lake, which has a folder a chain (mainnet, " in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_json_in_a_setting_is_one_sentence_without_its_secrets(tmp_path: Path) -> None:
    done = satledger(tmp_path, "status", SATLEDGER_HEADER_NODES='{"ltc": "http://user:geheim@host:9332"')
    assert done.returncode == 2
    assert "SATLEDGER_HEADER_NODES is not JSON" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (-signal.SIGKILL, r"dbt was killed \(SIGKILL\), most likely by the system, which was out of memory: lower"),
        (-signal.SIGTERM, "dbt was ended by SIGTERM: run this again"),
        (3, "dbt failed: it ended with 3 and no message"),
    ],
)
def test_dbt_that_ended_without_a_word_is_explained(tmp_path: Path, code: int, sentence: str) -> None:
    found = failure(Outcome(code, tmp_path, [], []), tmp_path / "warehouse.duckdb", [])
    assert str(found).startswith(sentence.replace("\\", ""))


def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "2023-01-05" / "blocks.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1 and then nothing of it")
    with pytest.raises(duckdb.Error) as raised:
        duckdb.execute(f"from read_parquet('{path}')")
    sentence = explanation(str(raised.value), tmp_path / "warehouse.duckdb")
    assert sentence is not None
    assert sentence.startswith(f"{path} cannot be read (")
    assert "remove it, of a raw day its whole folder" in sentence


def test_a_torn_history_of_dagster_is_kept_aside(tmp_path: Path, told: Told) -> None:
    settings = Settings(home=tmp_path)
    history = settings.dagster_home / "history"
    history.mkdir(parents=True)
    for name in ("runs.db", "event_log.db"):
        with sqlite3.connect(history / name) as connection:
            connection.execute("create table events (number integer, text varchar)")
            connection.executemany("insert into events values (?, ?)", [(n, "x" * 500) for n in range(100)])
    error = RuntimeError()
    error.__cause__ = sqlite3.DatabaseError("database disk image is malformed")
    assert damaged_history(settings, error) == []
    torn(history / "event_log.db")
    assert damaged_history(settings, ValueError("another matter")) == []
    damaged = damaged_history(settings, error)
    assert damaged == [history / "event_log.db"]
    set_history_aside(settings, damaged)
    assert not history.exists()
    assert (settings.dagster_home / "history.damaged" / "runs.db").is_file()
    assert "the record of past runs begins anew" in told[0]


def test_check_says_that_the_first_build_runs(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from dagster_project.home import building
from dagster_project.settings import Settings
with building(Settings(home=Path({str(tmp_path)!r}))):
    print("held", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "held\n"
        for command in ("check", "compact", "sql"):
            done = satledger(tmp_path, command)
            assert done.returncode == 1
            assert f"process {builder.pid} is building there: wait until it is done" in done.stderr, command
        builder.kill()
    time.sleep(0.1)
    assert "run `satledger build` or `satledger demo`" in satledger(tmp_path, "check").stderr


@pytest.mark.parametrize("content", ["", "{", '{"outputs": {"day": "DA\x0bTE"}}', "[1]", '{"outputs": 1}'])
def test_damaged_column_types_are_not_shown(tmp_path: Path, content: str) -> None:
    settings = Settings(home=tmp_path)
    settings.dbt_target.mkdir(parents=True)
    (settings.dbt_target / "column_types.json").write_text(content, encoding="utf-8")
    assert recorded_types(settings) == {}


def test_a_damaged_manifest_of_dbt_is_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"nodes": }', encoding="utf-8")
    with pytest.raises(SatledgerError, match=r"manifest\.json is damaged: remove it and run this again"):
        load_manifest(path)
