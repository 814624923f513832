"""A warehouse that is damaged is kept aside; one that cannot be opened for other reasons is not."""

import duckdb
import pytest

from dagster_project.database import reading
from dagster_project.errors import DamagedError, SatledgerError
from dagster_project.settings import Settings
from dagster_project.warehouse.mending import mend_warehouse
from tests.orchestration.damage import DAMAGES, Damage, Home, Told, all_flipped, open_for_writing


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
    all_flipped(home.warehouse)
    with pytest.raises(DamagedError, match=r"warehouse.duckdb is damaged .*checksum"), reading(home.warehouse) as found:
        for (table,) in found.execute("select table_name from duckdb_tables()").fetchall():
            found.execute(f"select bit_xor(hash(each)) from {table} as each").fetchall()
    with pytest.raises(duckdb.CatalogException), reading(home.published) as found:
        found.execute("from nothing_there")
