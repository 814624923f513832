"""A published copy that others damaged or wrote to: what is said of it, and that publishing is not led astray."""

import os
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.publish.state import damaged_pieces, finds_its_files
from tests.cli.command import satledger
from tests.orchestration.damage import (
    DAMAGES,
    FALSIFIED,
    Damage,
    Home,
    Told,
    all_flipped,
    empty,
    folder,
    killed_writer,
    open_for_writing,
    torn,
)
from tests.serving.servers import Server


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
    all_flipped(home.published, 16_384)
    if dated:
        os.utime(home.published, ns=times)
    home.publish(home.last_day)
    assert home.is_published()
    assert told


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
