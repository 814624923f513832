"""What each command prints, and its exit code."""

import csv
import io
import re
from pathlib import Path

import pytest

from dagster_project.sample.generate import SampleChain
from tests.cli.command import LAST_DAY, satledger


def test_sql_reads_the_published_copy(built: Path) -> None:
    done = satledger(
        built, "sql", "--csv", "select metric, value from metrics_daily where asset = 'btc' and metric = 'BlkCnt'"
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 12
    assert all(float(row["value"]) >= 0 for row in rows)


def test_sql_reads_statements_from_the_input(built: Path) -> None:
    done = satledger(built, "sql", text="select 40 + 2 as answer; select 7 as other;")
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout
    assert "other" in done.stdout


def test_sql_cannot_write(built: Path) -> None:
    done = satledger(built, "sql", "drop table built_days")
    assert done.returncode == 1
    assert "read-only" in done.stderr


def test_wrong_sql_is_one_line(built: Path) -> None:
    done = satledger(built, "sql", "select nothing_there from built_days")
    assert done.returncode == 1
    assert "nothing_there" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_shows_the_source_and_what_is_built(built: Path) -> None:
    done = satledger(built, "status")
    assert done.returncode == 0, done.stderr
    lines = dict(
        line.split(maxsplit=1) for line in done.stdout.replace("last built day", "last_built_day").splitlines()
    )
    assert lines["last_built_day"].strip() == LAST_DAY
    # Its id would take the whole sample chain to know.
    assert lines["tip"].strip() == f"block {len(SampleChain().timeline.time) - 1:,}"
    assert "missing days" in done.stdout


def test_check_finds_all_invariants_unbroken(built: Path) -> None:
    done = satledger(built, "check")
    assert done.returncode == 0, done.stderr
    assert f"invariants hold on 2022-01-01 to {LAST_DAY}" in done.stdout


def test_a_home_without_anything_says_so(tmp_path: Path) -> None:
    for command in ("sql", "check"):
        done = satledger(tmp_path, command)
        assert done.returncode == 1
        assert "run `satledger build` or `satledger demo`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "2021-12-31"), "2021-12-31 lies before the first day of the chain, 2022-01-01."),
        (("--from", "2031-01-01"), "2031-01-01 is not complete yet: the last complete day is "),
        (("--from", "2022-02-01", "--to", "2022-02-02"), "cannot be built before the days that precede it"),
    ],
)
def test_days_that_cannot_be_built_are_refused(built: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = satledger(built, "build", *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--from", "yesterday"),
        ("build", "--from", "2022-01-05", "--to", "2022-01-04"),
        ("build", "--source", "rumour"),
        ("bake",),
    ],
)
def test_wrong_use_exits_with_2(built: Path, arguments: tuple[str, ...]) -> None:
    assert satledger(built, *arguments).returncode == 2


def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path) -> None:
    done = satledger(tmp_path, "status", SATLEDGER_THREADS="hunter2")
    assert done.returncode == 2
    assert "SATLEDGER_THREADS" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_home_of_another_chain_is_refused(built: Path) -> None:
    done = satledger(built, "build", "--chain", "mainnet")
    assert done.returncode == 1
    assert "holds the chain sample, not mainnet" in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    done = satledger(tmp_path, "--version")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"satledger \d+\.\d+\.\d+\n", done.stdout)
