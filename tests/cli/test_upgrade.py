"""A warehouse that an earlier version built, and what the next build makes of it.

``earlier_version.tar.xz`` holds the lake (with a month of other chains' headers) and the warehouse of the first four
days of the sample chain, built by commit 7fc4b79: before staging models were ephemeral and the catalogue was files.
"""

import tarfile
from pathlib import Path

import duckdb
import pytest

from tests.cli.command import satledger, tables

EARLIER = Path(__file__).parent / "earlier_version.tar.xz"
BUILD = ("build", "--chain", "sample", "--source", "sample", "--to", "2022-01-04")
# These say what was done to a warehouse, and which headers the lake has, of later days as well.
OWN = {"built_inputs", "built_parts", "pending_models", "warehouse_layout", "header_days"}


def in_any_order(found: dict[str, list]) -> dict[str, list]:
    """Tables whose columns may stand in another order: one that is new is the last."""
    return {name: sorted(sorted(map(str, row)) for row in rows) for name, rows in found.items() if name not in OWN}


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The earlier home after a build, and what that said."""
    home = tmp_path_factory.mktemp("upgraded")
    with tarfile.open(EARLIER) as archive:
        archive.extractall(home, filter="data")
    done = satledger(home, *BUILD)
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout + done.stderr


@pytest.mark.long
def test_it_ends_in_the_tables_of_a_new_warehouse(upgraded: tuple[Path, str], tmp_path: Path) -> None:
    home, _ = upgraded
    done = satledger(tmp_path / "new", *BUILD)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("warehouse.duckdb", "published/satledger.duckdb"):
        found, expected = tables(home / name), tables(tmp_path / "new" / name)
        assert in_any_order({table: found[table] for table in expected}) == in_any_order(expected)


def test_it_says_what_it_takes_over_and_builds_no_day_of_the_ledger(upgraded: tuple[Path, str]) -> None:
    home, told = upgraded
    said = " ".join(told.split())
    assert "Another version of satledger built the warehouse: " in said
    assert "adjusted_transfers_metrics is new" in said
    assert "Building 2022-01-01" not in told
    again = satledger(home, *BUILD)
    assert again.returncode == 0
    assert "nother version" not in again.stderr


def test_a_new_column_and_a_new_model_are_built_for_all_days(upgraded: tuple[Path, str]) -> None:
    home, _ = upgraded
    before = tables(home / "warehouse.duckdb")
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("alter table ledger_days drop column paid_fees")
        connection.execute("drop table members cascade")
    done = satledger(home, *BUILD)
    assert done.returncode == 0, done.stdout + done.stderr
    after = tables(home / "warehouse.duckdb")
    said = " ".join(done.stderr.split())
    assert "the warehouse: ledger_days has the new column paid_fees, members is new: building these, 2022-01-01" in said
    assert in_any_order(after) == in_any_order(before)


def test_a_part_of_the_assets_by_name(upgraded: tuple[Path, str]) -> None:
    home, _ = upgraded
    before = tables(home / "warehouse.duckdb")
    done = satledger(home, *BUILD[:-2], "--select", "holder_changes+ members", "--from", "2022-01-03")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Building holder_changes+ members, 2022-01-03 to 2022-01-04." in " ".join(done.stderr.split())
    assert tables(home / "warehouse.duckdb") == before
    done = satledger(home, *BUILD, "--select", "nothing+")
    assert done.returncode == 1
    assert "There is no asset nothing" in done.stderr


@pytest.mark.long
def test_everything_anew(upgraded: tuple[Path, str]) -> None:
    home, _ = upgraded
    before = tables(home / "warehouse.duckdb")
    done = satledger(home, *BUILD, "--full-refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warehouse.duckdb is moved to" in " ".join((done.stdout + done.stderr).split())
    assert in_any_order(tables(home / "warehouse.duckdb")) == in_any_order(before)
