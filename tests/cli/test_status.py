"""`satledger status` tells what is wrong, and its exit code that something is."""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.home import building
from dagster_project.lake.manifest import held_manifests
from dagster_project.settings import Settings
from dagster_project.warehouse.publication import Unpublished, mark_published, mark_unpublished
from tests.cli.command import LAST_DAY, Done, satledger


def told(done: Done) -> dict[str, str]:
    """What is told, by the names of the lines."""
    lines: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines():
        head, _, text = line.partition("  ")
        name = head or name
        lines[name] = f"{lines.get(name, '')} {text.strip()}".strip()
    return lines


def test_a_home_in_order(built: Path) -> None:
    done = satledger(built, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert told(done)["last run"].startswith("success (run ")
    assert told(done)["not published"] == "nothing"
    wide = told(satledger(built, "status", COLUMNS="500"))
    proven, *unproven = wide["proof"].split(" not proven of ")
    assert proven == "proven of all days with blocks: block ids, links, transaction ids, Merkle roots, sizes"
    days = rf"\d+ days \(2022-01-01 to {LAST_DAY}\): "
    nobody, witnesses = unproven
    assert re.fullmatch(f"{days}proof of work, targets, header times, for nobody mined this chain", nobody), nobody
    parts = "witness commitments, sizes of witnesses, for the source does not tell witnesses"
    assert re.fullmatch(rf"\d+ days \(.*\): {parts}", witnesses), witnesses
    # The whole of it, on a terminal of any width.
    narrow = satledger(built, "status", COLUMNS="40")
    assert "…" not in narrow.stdout


def test_the_same_as_json(built: Path) -> None:
    done = satledger(built, "status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["ok"], found["wrong"]) == (True, [])
    texts = {finding["name"]: finding["text"] for finding in found["findings"]}
    assert texts["last built day"] == LAST_DAY
    assert texts["last run"].startswith("success (run ")
    assert not any(finding["wrong"] for finding in found["findings"])
    assert satledger(built, "status", "--json", "--plan").returncode == 2


def test_json_says_what_is_wrong(built: Path) -> None:
    settings = Settings(home=built)
    mark_unpublished(settings, Unpublished.BUILT)
    try:
        done = satledger(built, "status", "--json")
    finally:
        mark_published(settings)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["ok"], found["wrong"]) == (False, ["not published"])
    assert "not published" in done.stderr


def test_the_published_copy_says_by_day_what_was_not_proven(built: Path) -> None:
    days = [manifest.day for manifest in held_manifests(built / "lake" / "raw" / "sample") if manifest.blocks]
    with duckdb.connect(built / "published" / "satledger.duckdb", read_only=True) as connection:
        rows = connection.execute("select day, part, reason from unproven_days order by all").fetchall()
    nobody, not_told = "nobody mined this chain", "the source does not tell witnesses"
    of_work = [("header times", nobody), ("proof of work", nobody), ("targets", nobody)]
    of_witnesses = [("sizes of witnesses", not_told), ("witness commitments", not_told)]
    found = {day: [row[1:] for row in rows if row[0] == day] for day in days}
    assert sum(map(len, found.values())) == len(rows)
    # Blocks commit to witnesses where they have some.
    with_witnesses = {day for day, parts in found.items() if len(parts) > len(of_work)}
    assert with_witnesses
    for day, parts in found.items():
        assert parts == sorted([*of_work, *(of_witnesses if day in with_witnesses else [])])


def test_a_run_that_failed_is_told_until_one_succeeds(home: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("address,exchange_code,source,as_of\nno address,KRK,mine,2022-01-01\n")
    failed = satledger(home, "build", "--to", LAST_DAY, "--labels", str(labels))
    assert failed.returncode == 1
    done = satledger(home, "status")
    assert done.returncode == 1
    assert told(done)["last run"].startswith("failed (run ")
    assert str(labels) in told(done)["last run"]
    assert done.stderr == "satledger: Not all is well, as told above: last run.\n"
    assert satledger(home, "build", "--to", LAST_DAY).returncode == 0
    assert satledger(home, "status").returncode == 0


def test_an_invariant_that_is_broken_is_told_until_a_check_finds_all_hold(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("create table kept as from outputs")
        connection.execute("update outputs set value = value + 1 where height = (select max(height) from outputs)")
    assert satledger(home, "check").returncode == 1
    done = satledger(home, "status")
    assert done.returncode == 1
    assert f"is broken on {LAST_DAY}: " in told(done)["invariants"]
    assert done.stderr == "satledger: Not all is well, as told above: invariants.\n"
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("create or replace table outputs as from kept; drop table kept")
    assert satledger(home, "check").returncode == 0
    assert satledger(home, "status").returncode == 0


@pytest.mark.parametrize("why", Unpublished)
def test_what_is_not_published_is_told(home: Path, why: Unpublished) -> None:
    settings = Settings(home=home)
    mark_unpublished(settings, why, Days(date(2022, 1, 5), date.fromisoformat(LAST_DAY)))
    done = satledger(home, "status")
    assert done.returncode == 1
    assert told(done)["not published"] == f"2022-01-05 to {LAST_DAY}: {why.value}; run `satledger build`"
    # As it is while a build is under way, which is nothing wrong.
    with building(settings):
        meanwhile = satledger(home, "status")
    assert meanwhile.returncode == 0, meanwhile.stderr
    assert told(meanwhile)["build"] == f"process {os.getpid()} is building"
    mark_published(settings)
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(f"update built_days set fingerprint = 'another' where day = '{LAST_DAY}'")
    done = satledger(home, "status")
    assert done.returncode == 1
    assert told(done)["not published"].startswith(f"{LAST_DAY}: built otherwise than published")


def test_a_copy_that_another_program_changed_is_told(home: Path) -> None:
    copy = home / "published" / "satledger.duckdb"
    copy.chmod(0o644)
    killed = f"""
import duckdb, os
connection = duckdb.connect({str(copy)!r})
connection.execute("delete from metric_catalog where id = 'BlkCnt'")
os._exit(1)
"""
    subprocess.run([sys.executable, "-c", killed], check=False)
    assert copy.with_name("satledger.duckdb.wal").is_file()
    done = satledger(home, "status")
    assert done.returncode == 1
    assert "left satledger.duckdb.wal beside it" in " ".join(told(done)["not published"].split())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SATLEDGER_NODE_URL": "http://127.0.0.1:1"}, "The node at http://127.0.0.1:1 cannot be reached"),
        ({"SATLEDGER_NODE_URL": "nonsense"}, "SATLEDGER_NODE_URL is not an address"),
        ({"SATLEDGER_NODE_COOKIE": "/nowhere/.cookie"}, "/nowhere/.cookie cannot be read"),
        ({"SATLEDGER_SOURCE": "files", "SATLEDGER_FILES": "/nowhere"}, "SATLEDGER_FILES (/nowhere) is not a folder"),
        ({"SATLEDGER_SOURCE": "public-dataset", "SATLEDGER_DATASET": "/nowhere"}, "point SATLEDGER_DATASET to"),
    ],
)
def test_a_source_that_cannot_be_reached_is_told(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    done = satledger(tmp_path, "status", **settings)
    assert done.returncode == 1
    assert sentence in told(done)["tip"]
    assert done.stderr == "satledger: Not all is well, as told above: tip.\n"
    assert list(tmp_path.iterdir()) == []
