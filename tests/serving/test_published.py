"""A newly published copy is picked up at once, and no answer mixes two."""

import itertools
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
import requests

from dagster_project.errors import SatledgerError
from serving.published import Published
from tests.serving.copies import DAYS, make_copy, publish_copy
from tests.serving.servers import COMMAND, Server

CLIENTS = 50


@pytest.fixture(scope="module")
def published(home: Path) -> Published:
    return Published(home / "published" / "satledger.duckdb")


def ask(url: str, number: int, session: requests.Session) -> set[str]:
    """All values of one answer, in one of the forms."""
    asked = {"assets": "btc", "metrics": "BlkCnt,TxCnt", "page_size": 10000}
    if number % 4 == 3:
        document = (
            '{getMetric(metric: "BlkCnt"){timeseriesDataJson(slug: "bitcoin", from: "2000-01-01", to: "utc_now")}}'
        )
        points = session.post(f"{url}/graphql", json={"query": document}, timeout=60).json()
        found = points["data"]["getMetric"]["timeseriesDataJson"]
        assert len(found) == DAYS
        return {str(int(point["value"])) for point in found}
    form = ("json", "json_stream", "csv")[number % 4]
    answer = session.get(f"{url}/v4/timeseries/asset-metrics", params={**asked, "format": form}, timeout=60)
    assert answer.status_code == 200, answer.text[:300]
    if form == "json":
        rows = [(row["BlkCnt"], row["TxCnt"]) for row in answer.json()["data"]]
    elif form == "csv":
        rows = [tuple(line.split(",")[2:]) for line in answer.text.splitlines()[1:]]
    else:
        rows = [(row["BlkCnt"], row["TxCnt"]) for row in map(json.loads, answer.text.splitlines())]
    assert len(rows) == DAYS
    return {value for row in rows for value in row}


@pytest.mark.parametrize("swaps", [5, pytest.param(20, marks=pytest.mark.long)])
def test_copies_are_swapped_under_load(tmp_path: Path, swaps: int) -> None:
    publish_copy(tmp_path, constant=1)
    seen: list[set[str]] = []
    stop = threading.Event()

    def client(url: str, first: int) -> int:
        with requests.Session() as session:
            for done in itertools.count():
                if stop.is_set():
                    return done
                seen.append(ask(url, first + done, session))
        return 0

    with Server(tmp_path) as server, ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client, server.url, number) for number in range(CLIENTS)]
        for version in range(2, swaps + 2):
            time.sleep(0.5)
            publish_copy(tmp_path, constant=version)
        time.sleep(1.5)
        stop.set()
        counts = [future.result() for future in running]
        assert all(counts)
        with requests.Session() as session:
            assert ask(server.url, 0, session) == {str(swaps + 1)}
        assert "Traceback" not in server.log
    assert all(len(values) == 1 for values in seen)
    # The machine may be busy while one of them is in place, but not while most are.
    assert len({value for values in seen for value in values}) > swaps / 2


def test_a_reader_keeps_its_version(tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "satledger.duckdb", constant=1)
    published = Published(copy)
    before = published.snapshot()
    make_copy(copy, constant=2)
    after = published.snapshot()
    question = "select distinct value_text from published.metrics_daily where metric = 'BlkCnt' and asset = 'btc'"
    for snapshot, expected in ((before, "1"), (after, "2")):
        with snapshot.cursor() as cursor:
            assert cursor.execute(question).fetchall() == [(expected,)]
    assert published.snapshot() is after


def test_a_copy_that_is_away_or_broken_does_not_stop_the_server(tmp_path: Path) -> None:
    copy = make_copy(tmp_path / "satledger.duckdb", constant=1)
    published = Published(copy)
    first = published.snapshot()
    copy.unlink()
    assert published.snapshot() is first
    copy.write_bytes(b"this is no database")
    assert published.snapshot() is first
    make_copy(copy, constant=2)
    assert published.snapshot() is not first


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "copy (select 1) to '/tmp/written.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "delete from published.metrics_daily",
        "drop table published.metrics_daily",
        "create table published.mine (a integer)",
        "export database '/tmp/exported'",
    ],
)
def test_the_connection_can_only_read_the_copy(published: Published, statement: str) -> None:
    with published.snapshot().cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement)


def test_nothing_published_yet(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="satledger demo"):
        Published(tmp_path / "satledger.duckdb")
    done = subprocess.run([*COMMAND, "serve", "--home", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no published copy" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_taken(home: Path, server: Server) -> None:
    command = [*COMMAND, "serve", "--home", str(home), "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"port {server.port}" in done.stderr


def test_a_worn_database_is_opened_anew(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.published.CURSORS_UNTIL_WORN", published.snapshot().cursors + 2)
    count = "select count(*) from published.metrics_daily"
    before = published.snapshot()
    for _ in range(2):
        with published.snapshot().cursor() as cursor:
            cursor.execute(count)
    after = published.snapshot()
    assert after is not before
    assert published.snapshot() is after
    with before.cursor() as old, after.cursor() as new:
        assert old.execute(count).fetchall() == new.execute(count).fetchall()


@pytest.mark.parametrize("error", [duckdb.InternalException, duckdb.FatalException])
def test_a_database_that_failed_within_itself_is_opened_anew(published: Published, error: type[duckdb.Error]) -> None:
    before = published.snapshot()
    # DuckDB has no statement that makes it fail so; it is raised as DuckDB raises it, in the middle of a query.
    with pytest.raises(error), before.cursor():
        raise error("INTERNAL Error: a bug of DuckDB's")
    after = published.snapshot()
    assert after is not before
    with after.cursor() as cursor:
        assert cursor.execute("select count(*) > 0 from published.metrics_daily").fetchall() == [(True,)]


@pytest.mark.parametrize(
    "statement", ["alter table metric_catalog drop column default_aggregation", "drop table metrics_daily"]
)
def test_a_copy_of_another_version_is_named(tmp_path: Path, statement: str) -> None:
    copy = make_copy(tmp_path / "published" / "satledger.duckdb")
    with duckdb.connect(copy) as connection:
        connection.execute(statement)
    with pytest.raises(SatledgerError, match=r"another version of satledger \(.*\): run `satledger build`") as caught:
        Published(copy)
    assert "\n" not in str(caught.value)


def test_files_can_be_read_and_nothing_else(tmp_path: Path) -> None:
    publish_copy(tmp_path, constant=1)
    published = Published(tmp_path / "published" / "satledger.duckdb")
    (file,) = (tmp_path / "published").glob("tables/metrics_daily/2023-*.parquet")
    other = file.with_name("other.parquet")
    other.write_bytes(file.read_bytes())
    with published.snapshot().cursor() as cursor:
        assert cursor.execute("select count(*) from published.metrics_daily").fetchone() is not None
        for statement in (
            f"from read_parquet('{other}')",
            f"copy (select 1) to '{file}'",
            f"copy (select 1) to '{other}'",
            "set allowed_directories = ['/']",
        ):
            with pytest.raises(duckdb.Error):
                cursor.execute(statement)
        # A variable is not locked; it leads to no other file.
        cursor.execute(f"set variable published_folder = '{tmp_path}'")
        with pytest.raises(duckdb.Error):
            cursor.execute("from published.metrics_daily")
