"""What is remembered of days that are built in parts, and which parts are refused."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.warehouse.parts import built_parts, known_days, record_parts, refuse_part, unmark_parts
from dagster_project.warehouse.selection import Selection

DAY, NEXT = date(2023, 1, 1), date(2023, 1, 2)
HELD = {DAY: "a", NEXT: "b"}
PARENTS = {
    "seed.s": [],
    "model.table": [],
    "model.view": ["model.table"],
    "model.top": ["model.view", "seed.s", "source.x"],
    "model.built_days": ["model.top"],
    "test.check": ["model.table"],
}
KINDS = {"seed.s": "seed", "model.view": "view", "test.check": "test"}


def manifest() -> dict[str, Any]:
    nodes = {
        key: {
            "name": key.split(".")[1],
            "resource_type": key.split(".")[0],
            "config": {"materialized": KINDS.get(key, "incremental")},
            "original_file_path": f"{key}.sql",
        }
        for key in PARENTS
    }
    return {"nodes": nodes, "parent_map": PARENTS}


def select(*keys: str) -> Selection:
    models = frozenset(key for key in keys if not key.startswith("test"))
    return Selection(models, frozenset(keys) - models, whole=False, exact=True)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse with the first day built, and of the second only one model."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table built_days as select date '2023-01-01' as day, 'a' as fingerprint")
        connection.execute("create table s (i int); create table top (i int)")
        connection.execute('create table "table" (i int); create view view as from "table"')
        unmark_parts(connection, ["table"], Days(NEXT, NEXT))
        record_parts(connection, ["table"], {NEXT: "b"})
    return path


def refused(path: Path, *keys: str, first: date = NEXT, last: date = NEXT, held: dict[date, str] = HELD) -> str | None:
    try:
        refuse_part(select(*keys), manifest(), Days(first, last), held, {DAY: "a"}, path)
    except SatledgerError as error:
        return str(error)
    return None


def test_what_is_begun_is_known_and_due(warehouse: Path) -> None:
    assert built_parts(warehouse) == {("table", NEXT): "b"}
    known = known_days(warehouse)
    assert known[DAY] == "a"
    assert known[NEXT] not in HELD.values()
    with duckdb.connect(warehouse) as connection:
        unmark_parts(connection, None, Days(DAY, NEXT))
    assert known_days(warehouse) == {DAY: "a"}
    assert known_days(warehouse.with_name("none.duckdb")) == {}


def test_a_part_whose_inputs_are_there_is_built(warehouse: Path) -> None:
    assert refused(warehouse, "model.top", first=DAY, last=DAY) is None
    assert refused(warehouse, "model.top") is None
    assert refused(warehouse, "model.table", "test.check") is None
    assert refused(warehouse, "seed.s") is None
    assert refused(warehouse, "model.top", "model.built_days") is None


def test_a_part_whose_inputs_are_missing_is_refused(warehouse: Path) -> None:
    with duckdb.connect(warehouse) as connection:
        unmark_parts(connection, ["table"], Days(NEXT, NEXT))
    for keys in (("model.top",), ("model.view", "test.check"), ("test.check", "seed.s")):
        assert refused(warehouse, *keys) == (
            "table is not built on 2023-01-02, and the assets selected read it: select it as well, or all assets."
        )
    assert refused(warehouse, "model.built_days") == (
        "table, top are not built on 2023-01-02, and the assets selected read them: select them as well, or all assets."
    )
    with duckdb.connect(warehouse) as connection:
        connection.execute("drop view view; drop table s")
    assert "s, view are not built, and" in str(refused(warehouse, "model.top", first=DAY, last=DAY))


def test_a_part_on_other_blocks_is_refused(warehouse: Path) -> None:
    other = HELD | {DAY: "other"}
    assert "of 2023-01-01 were replaced" in str(refused(warehouse, "model.top", first=DAY, held=other))
    # Of the second day, what is built was built from other blocks.
    assert "table is not built on 2023-01-02" in str(refused(warehouse, "model.top", held=HELD | {NEXT: "other"}))
    # It is gone, or was never there.
    assert "of 2023-01-02 were replaced" in str(refused(warehouse, "model.top", held={DAY: "a"}))
    with duckdb.connect(warehouse) as connection:
        unmark_parts(connection, None, Days(NEXT, NEXT))
    assert "does not hold 2023-01-02: select raw_days" in str(refused(warehouse, "model.top", held={DAY: "a"}))
