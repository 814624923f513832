"""Files that others damaged, wrote to or left behind: what is said of them, and that publishing is not led astray."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.database import explanation, reading, unreadable
from dagster_project.days import Days
from dagster_project.errors import DamagedError, SatledgerError
from dagster_project.files import put_in_place, set_aside
from dagster_project.inputs.lake_table import write_table
from dagster_project.instance import damaged_history, set_history_aside
from dagster_project.lake.manifest import held_days
from dagster_project.publish.copy import publish
from dagster_project.publish.state import damaged_pieces, finds_its_files, reading_published
from dagster_project.settings import Settings
from dagster_project.warehouse.dbt_run import Outcome
from dagster_project.warehouse.failures import failure
from dagster_project.warehouse.mending import mend_warehouse
from tests.cli.command import satledger
from tests.serving.copies import make_copy
from tests.serving.servers import Server

TABLES = ("metric_catalog", "metrics_daily", "metric_gaps", "blocks", "label_coverage", "built_days")
MODELS = {
    name: {
        "description": "",
        "columns": {},
        "config": {"meta": {}},
    }
    for name in TABLES
}
MODELS["metrics_daily"]["config"] = {
    "meta": {"files": "years", "day_column": "time", "days_ahead": 1, "order_by": "asset, metric, time"}
}
BESIDE = {"satledger.duckdb", "satledger.duckdb.sha256", "files.json", "tables"}
NOW = datetime(2026, 1, 1, 3, 0, 0, tzinfo=UTC)
FALSIFIED = "update metric_catalog set name = 'Another', unit = 'USD' where id = 'BlkCnt'"


Told = list[str]


@pytest.fixture
def told() -> Iterator[Told]:
    """The sentences that a user would see."""
    found: Told = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    logger = logging.getLogger("dagster.satledger")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


class Home:
    """A warehouse made by hand, and its published copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "satledger.duckdb"
        make_copy(self.warehouse)
        with duckdb.connect(self.warehouse) as connection:
            connection.execute("create table built_days as select distinct time as day from metrics_daily order by day")
            last = connection.execute("select max(day) from built_days").fetchall()[0][0]
        self.last_day = Days(last, last)

    def publish(self, days: Days | None = None) -> None:
        publish(self.warehouse, self.published, MODELS, days, now=NOW)

    def is_published(self) -> bool:
        """Whether the copy is what the warehouse is, with nothing but its files beside it."""
        beside = {path.name for path in self.published.parent.iterdir() if ".damaged" not in path.name}
        return contents(self.published) == contents(self.warehouse) and beside == BESIDE


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with reading_published(path) as connection:
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in TABLES}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.publish()
    return found


def killed_writer(path: Path, statement: str) -> None:
    """Open a file for writing in another process, change it, and kill that process."""
    code = f"""
import os, signal, duckdb
os.chmod({str(path)!r}, 0o644)
connection = duckdb.connect({str(path)!r})
connection.execute({statement!r})
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert path.with_name(f"{path.name}.wal").is_file()


@contextmanager
def open_for_writing(path: Path) -> Iterator[int]:
    """A process that has a file open for writing; its id."""
    code = f"import os, time, duckdb; os.chmod({str(path)!r}, 0o644); c = duckdb.connect({str(path)!r})"
    code += "; print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.kill()


@pytest.mark.parametrize("part", [False, True], ids=["everything", "one day"])
def test_what_a_killed_writer_left_beside_the_copy_goes(home: Home, told: Told, part: bool) -> None:
    killed_writer(home.published, FALSIFIED)
    home.publish(home.last_day if part else None)
    assert home.is_published()
    (sentence,) = told
    assert "satledger.duckdb.wal held changes that another program made to the published copy" in sentence


def test_readers_of_a_copy_with_such_a_log_say_what_it_is(home: Home) -> None:
    killed_writer(home.published, FALSIFIED)
    for command in (("sql", "select 1"), ("serve", "--port", "0")):
        done = satledger(home.folder, *command)
        assert done.returncode == 1, command
        assert "was changed by another program, which left satledger.duckdb.wal beside it" in done.stderr
        assert "`satledger build`" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_log_that_does_not_fit_is_one_sentence(home: Home) -> None:
    killed_writer(home.published, "create table mine as select 1 as a; alter table blocks add column more integer")
    log = home.published.with_name("satledger.duckdb.wal")
    kept = log.read_bytes()
    log.unlink()
    with duckdb.connect(home.published) as connection:
        connection.execute("drop table blocks")
    log.write_bytes(kept)
    done = satledger(home.folder, "sql", "select 1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{home.published} " in done.stderr
    home.publish(home.last_day)
    assert home.is_published()


def test_a_writer_that_lives_is_named_and_nothing_is_replaced(home: Home) -> None:
    path = home.published
    before = path.read_bytes()
    with open_for_writing(path) as pid, pytest.raises(SatledgerError, match=rf"is locked by process {pid} "):
        home.publish()
    assert path.read_bytes() == before
    home.publish()
    assert home.is_published()


def test_what_another_program_wrote_into_the_copy_is_not_kept(home: Home, told: Told) -> None:
    home.published.chmod(0o644)
    with duckdb.connect(home.published) as connection:
        connection.execute(FALSIFIED)
    home.publish(home.last_day)
    assert home.is_published()
    assert told == [f"{home.published} is no longer as it was published: it is made anew."]


def empty(path: Path) -> None:
    path.write_bytes(b"")


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def other(path: Path) -> None:
    path.write_bytes(b"this is no database")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").write_text("mine")


DAMAGES = (empty, torn, other, folder)
Damage = Callable[[Path], None]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_is_kept_aside_and_made_anew(home: Home, told: Told, damage: Damage) -> None:
    home.published.chmod(0o644)
    damage(home.published)
    home.publish(home.last_day)
    assert home.is_published()
    aside = home.published.with_name("satledger.duckdb.damaged")
    assert aside.exists()
    assert f"it is moved to {aside}, and made anew" in told[0]


@pytest.mark.parametrize("dated", [False, True], ids=["of another date", "of its date"])
def test_a_copy_with_flipped_bytes_is_made_anew(home: Home, told: Told, dated: bool) -> None:
    times = home.published.stat().st_atime_ns, home.published.stat().st_mtime_ns
    home.published.chmod(0o644)
    _all_flipped(home.published, 16_384)
    if dated:
        os.utime(home.published, ns=times)
    home.publish(home.last_day)
    assert home.is_published()
    assert told


def _all_flipped(path: Path, size: int = 262_144) -> None:
    """Make what the tables hold unreadable, and keep the catalogue: in a file this small both may share a block."""
    content = bytearray(path.read_bytes())
    for start in range(3 * 4096, len(content), size):
        changed = bytearray(content)
        changed[start + size // 2] ^= 0x55
        path.write_bytes(changed)
        if unreadable(path) is None and unreadable(path, through=True):
            return
    pytest.fail("no block can be damaged without the file as a whole")


@pytest.mark.parametrize("damage", [empty, torn, Path.unlink])
def test_a_file_that_lost_bytes_is_written_anew(home: Home, damage: Damage) -> None:
    (file,) = home.published.parent.glob("tables/metrics_daily/2024-*.parquet")
    file.chmod(0o644)
    damage(file)
    assert not finds_its_files(home.published)
    home.publish(Days(date(2023, 1, 1), date(2023, 1, 1)))
    assert finds_its_files(home.published)
    assert home.is_published()


def test_a_file_with_a_wrong_byte_is_found_by_a_check_and_written_anew_when_it_is_gone(home: Home) -> None:
    (file,) = home.published.parent.glob("tables/metrics_daily/2024-*.parquet")
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole[:1000] + bytes([whole[1000] ^ 0x55]) + whole[1001:])
    assert damaged_pieces(home.published) == [f"{file}: its bytes are not those that were written"]
    file.unlink()
    home.publish(home.last_day)
    assert damaged_pieces(home.published) == []
    assert file.read_bytes() == whole


@pytest.mark.parametrize("damage", DAMAGES)
def test_readers_of_a_damaged_copy_say_so_in_one_sentence(home: Home, damage: Damage) -> None:
    home.published.chmod(0o644)
    damage(home.published)
    for command in (("sql", "select 1"), ("serve", "--port", "0"), ("status", "--chain", "sample")):
        if command[0] == "status" and damage is folder:
            continue
        done = satledger(home.folder, *command)
        assert "Traceback" not in done.stderr + done.stdout
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert str(home.published) in done.stderr
        assert "`satledger build`" in done.stderr


def test_a_server_whose_copy_proves_damaged_says_so_in_its_log(home: Home) -> None:
    whole = home.published.read_bytes()
    home.published.chmod(0o644)
    with Server(home.folder) as server:
        # Written into the file that the server has open: as a disk that fails would have it.
        size = 16_384
        with home.published.open("r+b") as file:
            for start in range(3 * 4096, len(whole), size):
                file.seek(start + 8)
                file.write(bytes(4096))
        answer = server.get("/v4/timeseries/asset-metrics", assets="btc", metrics="BlkCnt")
        if answer.status_code != 200:
            assert answer.status_code == 503
            assert answer.json()["error"]["type"] == "service_unavailable"
            assert f"{home.published} is damaged" in server.log
        assert "Traceback" not in server.log


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


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_warehouse_is_kept_aside(home: Home, told: Told, damage: Damage) -> None:
    damage(home.warehouse)
    mend_warehouse(Settings(home=home.folder))
    assert not home.warehouse.exists()
    assert "warehouse.duckdb.damaged, which may be removed, and built anew" in told[0]


def test_a_warehouse_of_a_newer_duckdb_is_not_taken_for_damaged(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise duckdb.IOException(
            "IO Error: Trying to read a database file with version number 999, but we can only read versions between "
            "64 and 68."
        )

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(SatledgerError, match="use the version of satledger that wrote it"):
        mend_warehouse(Settings(home=home.folder))
    assert home.warehouse.is_file()


def test_a_warehouse_that_is_open_elsewhere_is_not_taken_for_damaged(home: Home) -> None:
    with open_for_writing(home.warehouse) as pid, pytest.raises(SatledgerError, match=f"is locked by process {pid} "):
        mend_warehouse(Settings(home=home.folder))
    assert home.warehouse.is_file()


def test_damage_that_is_found_while_reading_is_told_from_other_errors(home: Home) -> None:
    _all_flipped(home.warehouse)
    with pytest.raises(DamagedError, match=r"warehouse.duckdb is damaged .*checksum"), reading(home.warehouse) as found:
        for (table,) in found.execute("select table_name from duckdb_tables()").fetchall():
            found.execute(f"select bit_xor(hash(each)) from {table} as each").fetchall()
    with pytest.raises(duckdb.CatalogException), reading(home.published) as found:
        found.execute("from nothing_there")


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
