"""Callers' SQL: what it answers, and that nothing else can be done with it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import requests

from serving.errors import ApiError
from serving.published import Snapshot
from serving.sql.run import Limits, SqlRunner, columns_by_table
from tests.cli.command import satledger
from tests.serving.copies import DAYS, publish_copy
from tests.serving.servers import Server, make_key

# What a query gets hold of in none of these: files, other databases, settings, the machine, a place to write.
ATTACKS = [
    "copy blocks to '/tmp/out.csv'",
    "copy (select 1) to '/tmp/out.parquet' (format parquet)",
    "copy blocks from '/etc/passwd'",
    "export database '/tmp/out'",
    "import database '/tmp/out'",
    "attach '/tmp/other.duckdb' as other",
    "attach ':memory:' as other",
    "detach published",
    "use memory",
    "install httpfs",
    "install httpfs from 'http://127.0.0.1:9'",
    "load httpfs",
    "load '/tmp/evil.duckdb_extension'",
    "set memory_limit = '100GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set global threads = 64",
    "reset all",
    "set variable published_folder = '/etc'",
    "pragma database_list",
    "pragma version",
    "pragma enable_profiling = 'json'",
    "call pragma_version()",
    "create table made as select 1",
    "create temp table made as select 1",
    "create or replace view blocks as select 1",
    "create macro f(x) as x",
    "create secret s (type s3)",
    "create schema s",
    "create sequence s",
    "insert into blocks select * from blocks",
    "update blocks set height = 0",
    "delete from blocks",
    "drop table blocks",
    "drop view blocks",
    "alter table blocks add column x integer",
    "truncate blocks",
    "begin transaction",
    "commit",
    "checkpoint",
    "vacuum",
    "analyze",
    "prepare p as select 1",
    "execute p",
    "select 1; drop table blocks",
    "select 1; select 2",
    "explain analyze select 1",
    "select * from '/etc/passwd'",
    "select * from 'secret.parquet'",
    'select * from "/etc/passwd"',
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('/etc/passwd', delim = ':')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_parquet('/etc/*.parquet')",
    "select * from parquet_metadata('/x.parquet')",
    "select * from parquet_file_metadata('/x.parquet')",
    "select * from read_json('/etc/passwd')",
    "select * from read_json_objects('/etc/passwd')",
    "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "select * from 'https://example.com/x.parquet'",
    "select * from 's3://bucket/x.parquet'",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/*')",
    "select * from glob('/etc/*') as g, blocks",
    "with g as (from glob('/*')) from g",
    "select (select content from read_text('/etc/passwd'))",
    "select * from blocks where height in (select size from read_text('/etc/passwd'))",
    "select * from query('select 1')",
    "select * from query_table('blocks')",
    "select * from duckdb_settings()",
    "select * from duckdb_settings",
    "select * from duckdb_databases()",
    "select * from duckdb_secrets()",
    "select * from duckdb_logs",
    "select * from duckdb_temporary_files()",
    "select * from pragma_database_list()",
    "select * from pragma_storage_info('blocks')",
    "select * from pragma_user_agent()",
    "select * from which_secret('s3://x', 's3')",
    "select * from json_execute_serialized_sql('{}')",
    "select * from information_schema.tables",
    "select * from system.information_schema.tables",
    "select * from pg_catalog.pg_class",
    "select * from sqlite_master",
    "select * from temp.main.x",
    "select * from memory.main.x",
    "select * from published.main.publication",
    "select * from publication",
    "select * from published_files",
    "select * from retired_files",
    "select * from publication, (with publication as (select 1) select * from publication) as x",
    "select * from duckdb_settings, (with duckdb_settings as (select 1) from duckdb_settings) as x",
    "select * from pg_class, (with PG_CLASS as (select 1) from pg_class) as x",
    "with published_files as (from published_files) from published_files",
    "show tables",
    "show all tables",
    "describe blocks",
    "select * from (show databases)",
    "summarize blocks",
    "select getenv('HOME')",
    "select getvariable('published_folder')",
    "select system.main.getvariable('published_folder')",
    "select list_transform([1], lambda x: getvariable('published_folder'))",
    "select 1 where getvariable('published_folder') like '/%'",
    "select current_setting('temp_directory')",
    "select current_setting('allowed_paths') from blocks group by 1 having current_setting('threads') = '1'",
    "select write_log('x')",
    "select nextval('s')",
    "from blocks at (version => 1)",
    "",
    " ",
    "--",
    "select",
    "select \u0000 1",
    "select '" + "(" * 3_000,
]
# What takes more than it may, of time, memory or answer.
GREEDY = [
    "with recursive r as (select 1 as i union all select i + 1 from r) select max(i) from r",
    "with recursive r as (select 1 as i union all select i + 1 from r) from r",
    "select count(*) from range(10_000_000_000) a, range(10_000_000_000) b",
    "select sum(hash(a.range + b.range)) from range(100_000_000) a, range(100_000_000) b",
    "select list(range) from range(2_000_000_000)",
    "select count(distinct hash(range)) from range(3_000_000_000)",
    "select repeat('x', 2_000_000_000)",
    "select length(repeat(repeat('x', 100_000), 20_000))",
    "select range(3_000_000_000)",
    "select * from metrics_daily a, metrics_daily b, metrics_daily c order by hash(a.value + b.value + c.value)",
    "select string_agg(repeat('x', 1_000_000), '') from range(1_000_000)",
    "select repeat('x', 1_000_000) from range(10_000)",
    "select array_agg(repeat('y', 100_000)) from range(100_000)",
]
LIMITS = Limits(seconds=2, memory_bytes=300_000_000, rows=1_000, answer_bytes=2_000_000, parallel=2)


@pytest.fixture(scope="module")
def sql_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql-home")
    publish_copy(folder, 7)
    return folder


@pytest.fixture(scope="module")
def snapshot(sql_home: Path) -> Snapshot:
    return Snapshot(sql_home / "published" / "satledger.duckdb", 1)


@pytest.fixture(scope="module")
def answers(sql_home: Path) -> Iterator[tuple[Server, str]]:
    """A server that takes SQL, and a key for it."""
    key = make_key(sql_home, "analyst")
    with Server(sql_home, "--sql") as running:
        yield running, key


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "api_keys.json")
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def test_nothing_leaves_and_nothing_lasts(sql_home: Path, snapshot: Snapshot) -> None:
    runner = SqlRunner(LIMITS)
    before, there = state_of(sql_home), set(Path("/tmp").iterdir())
    assert len(ATTACKS) >= 60
    through: list[str] = []
    for attack in ATTACKS:
        try:
            found = runner.run(snapshot, attack)
            through.append(f"{attack} -> {found}")
        except ApiError as error:
            assert error.status == 400, (attack, error.message)
            assert "\n" not in error.message
            assert str(sql_home) not in error.message, attack
            assert "root:" not in error.message
    assert through == []
    assert state_of(sql_home) == before
    assert not {name for name in set(Path("/tmp").iterdir()) - there if name.name.startswith("out")}


@pytest.mark.parametrize("query", GREEDY)
def test_what_is_too_much_is_ended(snapshot: Snapshot, query: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ApiError) as caught:
        SqlRunner(LIMITS).run(snapshot, query)
    assert caught.value.status == 400
    assert "longer than" in caught.value.message or "memory" in caught.value.message, caught.value.message
    # Two seconds, and what a process needs to begin on a busy machine.
    assert time.monotonic() - begun < 30


def test_more_queries_than_may_run_are_told_to_wait(snapshot: Snapshot) -> None:
    runner = SqlRunner(Limits(parallel=1, waiting_seconds=0.1))
    with runner._free, pytest.raises(ApiError, match="1 queries are running") as caught:
        runner.run(snapshot, "select 1")
    assert caught.value.status == 503
    assert runner.run(snapshot, "select 1").rows == [[1]]


def test_what_honest_queries_find(snapshot: Snapshot) -> None:
    runner = SqlRunner(LIMITS)
    query = "with days as (from metrics_daily where asset = 'btc' and metric = 'BlkCnt') select count(*) as n from days"
    found = runner.run(snapshot, query)
    assert (found.columns, found.rows, found.truncated) == ([("n", "BIGINT")], [[DAYS]], False)
    values = "select date '2024-01-02', 1.50::decimal(9, 2), 2::hugeint * 2 ** 62, 'a'::blob, [1], null, true"
    assert runner.run(snapshot, values).rows[0][3:] == ["61", [1], None, True]
    assert runner.run(snapshot, "select 9223372036854775807, 9007199254740992").rows == [
        ["9223372036854775807", 9007199254740992]
    ]
    assert runner.run(snapshot, values).rows[0][:2] == ["2024-01-02", "1.50"]
    assert runner.run(snapshot, "select " + "(" * 5_000 + "1" + ")" * 5_000).rows == [[1]]
    cut = runner.run(snapshot, "from range(5_000)")
    assert (len(cut.rows), cut.truncated) == (1_000, True)
    assert "PROJECTION" in runner.run(snapshot, "select count(*) + 1 from blocks", explain=True).rows[0][0]
    with pytest.raises(ApiError, match="blocs"):
        runner.run(snapshot, "select * from blocs")
    with pytest.raises(ApiError, match="colour"):
        runner.run(snapshot, "select colour from blocks")


def test_the_answer_of_the_server(answers: tuple[Server, str]) -> None:
    server, key = answers
    headers = {"authorization": f"Apikey {key}"}
    url = f"{server.url}/sql"
    query = "select time, value from metrics_daily where asset = 'btc' and metric = 'MOMR' order by time limit 2"
    body = requests.post(url, json={"query": query}, headers=headers, timeout=60)
    assert body.status_code == 200, body.text
    assert body.json() == {
        "columns": [{"name": "time", "type": "DATE"}, {"name": "value", "type": "DOUBLE"}],
        "rows": [["2023-01-01", 0.25], ["2023-01-02", 0.25]],
        "truncated": False,
    }
    text = requests.post(url, json={"query": query, "format": "csv"}, headers=headers, timeout=60)
    assert text.text == "time,value\n2023-01-01,0.25\n2023-01-02,0.25\n"
    tables = requests.get(f"{url}/tables", headers=headers, timeout=60).json()["tables"]
    assert tables["metrics_daily"]["value"] == "DOUBLE"
    assert "publication" not in tables
    refused = requests.post(url, json={"query": "drop table blocks"}, headers=headers, timeout=60)
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "bad_parameter"
    for bad in ({"query": 5}, {}, {"query": "select 1", "more": 1}, {"query": "x" * 30_000}, []):
        assert requests.post(url, json=bad, headers=headers, timeout=60).status_code == 400, bad
    assert requests.post(url, data=b"\xff", headers=headers, timeout=60).status_code == 400
    assert "Traceback" not in server.log


def test_who_may_ask(answers: tuple[Server, str], sql_home: Path, server: Server) -> None:
    guarded, _ = answers
    asked = {"query": "select 1"}
    assert requests.post(f"{guarded.url}/sql", json=asked, timeout=60).status_code == 401
    narrow = make_key(sql_home, "narrow", "--metrics", "Flow*")
    headers = {"authorization": f"Apikey {narrow}"}
    assert requests.post(f"{guarded.url}/sql", json=asked, headers=headers, timeout=60).status_code == 403
    assert requests.get(f"{guarded.url}/sql/tables", headers=headers, timeout=60).status_code == 403
    # Off by default.
    assert requests.post(f"{server.url}/sql", json=asked, timeout=60).status_code == 404


def test_beyond_this_machine_never_without_keys(sql_home: Path) -> None:
    done = satledger(sql_home, "serve", "--sql", "--no-keys", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 1
    assert "SQL is not served on 0.0.0.0 without API keys" in done.stderr


def test_the_tables_are_those_of_the_copy(snapshot: Snapshot, sql_home: Path) -> None:
    with duckdb.connect(sql_home / "published" / "satledger.duckdb", read_only=True) as connection:
        names = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
    assert columns_by_table(snapshot).keys() == names - {"publication", "published_files", "retired_files"}
    assert json.dumps(columns_by_table(snapshot))
