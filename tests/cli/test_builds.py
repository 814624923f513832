"""Builds that are disturbed, repeated or fed with something broken."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project.home import building
from dagster_project.lake.manifest import FileRecord, Manifest
from dagster_project.settings import Settings
from dagster_project.warehouse.publication import Unpublished, mark_unpublished
from tests.cli.command import LAST_DAY, SATLEDGER, environment, satledger, tables


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_broken_invariant_stops_the_build_and_leaves_the_published_copy(home: Path) -> None:
    day = home / "lake" / "raw" / "sample" / LAST_DAY
    outputs, manifest = day / "outputs.parquet", day / "manifest.json"
    whole, kept, published = outputs.read_bytes(), manifest.read_bytes(), home / "published" / "satledger.duckdb"
    before, rows = fingerprint(published), tables(published)
    # A coin out of nothing: outputs are worth more than all their transaction's inputs. The manifest fits them, so that
    # the file itself is not what is found wrong.
    duckdb.execute(f"""
        copy (
            select * replace (case when tx_index > 0 then value + 100000000000 else value end as value)
            from read_parquet('{outputs}')
        ) to '{outputs}.changed' (format parquet)
    """)
    Path(f"{outputs}.changed").replace(outputs)
    held = Manifest.from_json(kept)
    record = FileRecord(outputs.stat().st_size, fingerprint(outputs))
    manifest.write_text(replace(held, files=held.files | {outputs.name: record}).to_json())
    broken = satledger(home, "build", "--from", LAST_DAY, "--to", LAST_DAY)
    assert broken.returncode == 1
    assert f"is broken on {LAST_DAY}: " in broken.stderr
    assert "the published copy is as it was" in broken.stderr
    assert fingerprint(published) == before
    told = satledger(home, "status")
    assert told.returncode == 1
    assert f"is broken on {LAST_DAY}: " in told.stdout
    assert "a build began and did not end" in told.stdout
    assert told.stderr == "satledger: Not all is well, as told above: last run, not published.\n"

    outputs.write_bytes(whole)
    manifest.write_bytes(kept)
    mended = satledger(home, "build", "--from", LAST_DAY, "--to", LAST_DAY)
    assert mended.returncode == 0, mended.stderr
    assert tables(published) == rows
    assert satledger(home, "status").returncode == 0


def test_a_build_that_is_killed_is_taken_up_by_the_next(home: Path) -> None:
    warehouse = home / "warehouse.duckdb"
    rows = tables(warehouse)
    log = home / "logs" / "build.log"
    log.unlink()
    command = [SATLEDGER, "build", "--from", "2022-01-06", "--to", LAST_DAY]
    with subprocess.Popen(command, env=environment(SATLEDGER_HOME=str(home)), stderr=subprocess.DEVNULL) as build:
        # dbt's own words: it has begun to rewrite the warehouse.
        while not (log.is_file() and "sql incremental model main.account_states" in log.read_text(errors="replace")):
            assert build.poll() is None, log.read_text(errors="replace")
            time.sleep(0.05)
        # At once: what is left of the build takes no longer than another command's start.
        os.kill(build.pid, signal.SIGKILL)
    told = satledger(home, "status")
    assert told.returncode == 1
    assert f"cut off: process {build.pid} died" in told.stdout
    half_built = satledger(home, "sql", "--csv", "select count(*) from built_days")
    assert half_built.stdout.split() == ["count_star()", "12"]
    done = satledger(home, "build", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    assert "A build that was cut off" in done.stderr
    assert f"Building 2022-01-06 to {LAST_DAY}." in done.stderr
    assert tables(warehouse) == rows


def test_a_second_build_names_the_one_under_way(home: Path) -> None:
    with building(Settings(home=home)):
        second = satledger(home, "build")
    assert second.returncode == 1
    assert f"Process {os.getpid()} is building in {home}" in second.stderr


@pytest.mark.long
def test_a_build_that_was_cut_off_after_its_last_model_is_published(home: Path) -> None:
    warehouse, published = home / "warehouse.duckdb", home / "published" / "satledger.duckdb"
    rows, copy = tables(warehouse), tables(published)
    # As it is when dbt has ended and its process is killed before it says so.
    mark_unpublished(Settings(home=home), Unpublished.BUILDING)
    with duckdb.connect(warehouse) as connection:
        connection.execute("delete from built_inputs")
    done = satledger(home, "build", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    assert "The input exchange_labels changed" in done.stderr
    assert tables(warehouse) == rows
    assert tables(published) == copy


def test_a_locked_warehouse_names_its_holder(home: Path) -> None:
    path = home / "warehouse.duckdb"
    code = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        started = time.monotonic()
        done = satledger(home, "build", "--from", LAST_DAY, "--to", LAST_DAY)
        holder.kill()
    assert done.returncode == 1
    assert f"locked by process {holder.pid} " in done.stderr
    # dagster-duckdb alone would try for 102 seconds.
    assert time.monotonic() - started < 60


@pytest.mark.long
def test_a_label_more_rebuilds_exchange_tables_only_and_a_label_less_restores_them(home: Path, tmp_path: Path) -> None:
    warehouse = home / "warehouse.duckdb"
    before = tables(warehouse)
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        labels = connection.execute("select address, exchange_code from exchange_addresses order by 1").fetchall()
        richest = connection.execute(
            "select account from account_days where account not in (select address from exchange_addresses) "
            "and account not similar to '[A-Z]+' order by closing desc, account limit 1"
        ).fetchone()
    assert richest is not None
    given = tmp_path / "labels.csv"

    def write(rows: list[tuple[str, str]]) -> None:
        lines = [f"{address},{code},sample,2022-01-01" for address, code in rows]
        given.write_text("\n".join(["address,exchange_code,source,as_of", *lines]) + "\n", encoding="utf-8")

    def built_models() -> set[str]:
        log = (home / "logs" / "build.log").read_text(errors="replace")
        return {line.split("main.")[1].split()[0] for line in log.splitlines() if " OK created sql incremental" in line}

    write(labels)
    assert satledger(home, "build", "--to", LAST_DAY, SATLEDGER_LABELS=str(given)).returncode == 0
    same_labels = tables(warehouse)
    write([*labels, (richest[0], "KRK")])
    done = satledger(home, "build", "--to", LAST_DAY, SATLEDGER_LABELS=str(given))
    assert done.returncode == 0, done.stderr
    assert "The input exchange_labels changed" in done.stderr
    changed = tables(warehouse)
    assert changed["exchange_addresses"] != before["exchange_addresses"]
    assert changed["exchange_flows"] != before["exchange_flows"]
    assert not {"inputs", "outputs"} & built_models()
    assert all(changed[table] == before[table] for table in ("inputs", "outputs"))
    write(labels)
    assert satledger(home, "build", "--to", LAST_DAY, SATLEDGER_LABELS=str(given)).returncode == 0
    assert tables(warehouse) == same_labels


def test_the_users_settings_of_dagster_survive_a_build(home: Path) -> None:
    path = home / "dagster" / "dagster.yaml"
    own = path.read_text(encoding="utf-8") + "\n# Mine.\nretention:\n  sensor:\n    purge_after_days: 5\n"
    own = own.replace("default_limit: 1", "default_limit: 1  # one writer")
    path.write_text(own, encoding="utf-8")
    for _ in range(2):
        done = satledger(home, "build", "--to", LAST_DAY)
        assert done.returncode == 0, done.stderr
    assert own.split("concurrency:")[1] in path.read_text(encoding="utf-8")
    code = "import dagster; print(dagster.DagsterInstance.get().get_settings('retention'))"
    read = subprocess.run(
        [sys.executable, "-c", code], env=environment(DAGSTER_HOME=str(path.parent)), capture_output=True, check=True
    )
    assert b"{'sensor': {'purge_after_days': 5}}" in read.stdout

    path.write_text("retentoin: {}\n", encoding="utf-8")
    refused = satledger(home, "build", "--to", LAST_DAY)
    assert refused.returncode == 1
    assert "Dagster cannot use " in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.long
def test_too_few_labels_withhold_values_from_the_next_build_on(home: Path) -> None:
    published = home / "published" / "satledger.duckdb"
    before = tables(published)

    def values() -> dict[str, int]:
        with duckdb.connect(published, read_only=True) as connection:
            return dict(
                connection.execute(
                    "select exchange, count(value) from metrics_daily join metric_catalog on metric = id "
                    "where exchange is not null group by exchange having count(value) > 0"
                ).fetchall()
            )

    with duckdb.connect(published, read_only=True) as connection:
        labels = dict(connection.execute("select exchange, labels from label_coverage where labels > 0").fetchall())
    assert values().keys() == labels.keys()
    least = max(number for exchange, number in labels.items() if exchange != "Ex") + 1
    done = satledger(home, "build", "--to", LAST_DAY, SATLEDGER_MIN_LABELS=str(least))
    assert done.returncode == 0, done.stderr
    assert "The input exchange_labels changed" in done.stderr
    assert values().keys() == {"Ex"}
    assert satledger(home, "build", "--to", LAST_DAY).returncode == 0
    assert tables(published) == before
