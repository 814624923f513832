"""Dropping old keyframes changes no other table, whatever is built again afterwards."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.harness import Home

KEYFRAME_TABLES = ("account_keyframes", "unspent_output_keyframes")
OLD, LAST = date(2024, 1, 31), date(2024, 2, 29)


@pytest.fixture
def keeping_one(regtest_home: Home, tmp_path: Path) -> Home:
    """A copy of the warehouse with both keyframes, whose builds keep one."""
    folder = Path(shutil.copytree(regtest_home.settings.home, tmp_path / "home"))
    settings = regtest_home.settings
    home = Home.of_files(folder, settings.files or folder, settings.resolved_chain, settings.min_confirmations)
    return Home(home.settings.model_copy(update={"keyframes": 1}))


def test_windows_before_the_keyframe_that_is_left(keeping_one: Home, regtest_home: Home) -> None:
    # The first window writes the old keyframe again; the second would have opened from it.
    for first, last in ((date(2024, 1, 30), date(2024, 2, 2)), (date(2024, 2, 10), date(2024, 3, 5))):
        keeping_one.build(first, last, keyframe_period="month")
        assert _keyframe_days(keeping_one) == {LAST}
        _same_but_for_old_keyframes(keeping_one, regtest_home)


@pytest.mark.long
def test_a_rebuild_in_parts_keeps_what_the_next_part_opens_from(keeping_one: Home, regtest_home: Home) -> None:
    # As a build begins that rewrites all days.
    with duckdb.connect(keeping_one.settings.warehouse) as connection:
        connection.execute("delete from built_days")
    keeping_one.build(date(2024, 1, 20), date(2024, 2, 9), keyframe_period="month")
    assert _keyframe_days(keeping_one) == {OLD, LAST}
    keeping_one.build(date(2024, 2, 10), date(2024, 3, 29), keyframe_period="month")
    assert _keyframe_days(keeping_one) == {LAST}
    _same_but_for_old_keyframes(keeping_one, regtest_home)


def _keyframe_days(home: Home) -> set[date]:
    with home.reading() as connection:
        days = [
            {day for (day,) in connection.execute(f"select distinct day from {table}").fetchall()}
            for table in KEYFRAME_TABLES
        ]
    assert days[0] == days[1]
    return days[0]


def _same_but_for_old_keyframes(home: Home, whole: Home) -> None:
    """Both have the same tables, but for the keyframes that one dropped."""
    found, expected = home.contents(), whole.contents()
    for table in KEYFRAME_TABLES:
        assert found.pop(table) != expected.pop(table)
        query = f"from {table} where day = date '{LAST}' order by all"
        with home.reading() as connection, whole.reading() as other:
            assert connection.execute(query).fetchall() == other.execute(query).fetchall()
    assert found == expected
