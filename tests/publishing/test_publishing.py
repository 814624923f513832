"""What is published is what the warehouse holds, and what a new day writes does not depend on what lies behind."""

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.days import ONE_DAY, Days
from dagster_project.publish.copy import publish, remove_expired
from dagster_project.publish.state import VARIABLE, reading_published
from tests.publishing.ledger import FIRST, HOUR, MODELS, NOW, TABLES, Ledger, rows, since_first


def one(day: date) -> Days:
    return Days(day, day)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(tmp_path)
    found.build(*since_first(60))
    found.publish()
    return found


def test_all_rows_are_published_with_their_types(ledger: Ledger) -> None:
    assert ledger.read() == ledger.contents()
    with reading_published(ledger.published) as new, duckdb.connect(ledger.warehouse, read_only=True) as old:
        for table in TABLES:
            described = [connection.execute(f"describe from {table}").fetchall() for connection in (new, old)]
            assert [row[:2] for row in described[0]] == [row[:2] for row in described[1]]


def test_tables_and_columns_are_described(ledger: Ledger) -> None:
    with reading_published(ledger.published) as connection:
        found = dict(connection.execute("select view_name, comment from duckdb_views() where not internal").fetchall())
        assert found["entries"] == "About entries."
        columns = "select table_name, comment from duckdb_columns() where column_name = 'day' and comment is not null"
        assert ("entries", "The day.") in connection.execute(columns).fetchall()


def test_day_by_day_or_all_at_once_gives_the_same_bytes(ledger: Ledger, tmp_path: Path) -> None:
    days = list(since_first(100))
    for number, day in enumerate(days[60:]):
        ledger.build(day)
        ledger.publish(one(day), hours=number + 1)
    assert ledger.read() == ledger.contents()
    other = Ledger(tmp_path / "other")
    shutil.copy(ledger.warehouse, other.warehouse)
    other.publish(hours=99)
    assert other.bytes_of_files() == ledger.bytes_of_files()
    same = Ledger(tmp_path / "other" / "again")
    shutil.copy(ledger.warehouse, same.warehouse)
    first = other.published.read_bytes()
    shutil.rmtree(other.published.parent)
    other.publish(hours=99)
    assert other.published.read_bytes() == first


def test_a_new_day_writes_its_own_files_alone(ledger: Ledger) -> None:
    before = ledger.files()
    day = FIRST + timedelta(days=60)
    ledger.build(day)
    ledger.publish(one(day), hours=1)
    assert {name.rsplit("-", 1)[0] for name in ledger.files() - before} == {
        f"tables/entries/{day}",
        "tables/blocks/2021-01",
        "tables/metrics_daily/2021",
    }
    assert {name.split("/")[1] for name in before - ledger.files()} == {"blocks", "metrics_daily"}


def test_days_that_changed_are_written_and_days_that_are_gone_vanish(ledger: Ledger) -> None:
    drawn = random.Random(1)
    for number in range(12):
        first = FIRST + timedelta(days=drawn.randrange(60))
        changed = Days(first, min(first + timedelta(days=drawn.randrange(5)), FIRST + timedelta(days=59)))
        ledger.build(*changed, seed=number + 1)
        ledger.publish(changed, hours=number + 1)
        assert ledger.read() == ledger.contents()
    last = FIRST + timedelta(days=59)
    ledger.change(*(f"delete from {table} where day = '{last}'" for table in ("entries", "blocks", "built_days")))
    ledger.change(f"delete from metrics_daily where time >= '{last}' and metric = 'BlkCnt' or time > '{last}'")
    ledger.publish(one(last), hours=20)
    assert ledger.read() == ledger.contents()


def test_a_table_with_another_column_is_written_anew_and_the_others_are_not(ledger: Ledger) -> None:
    before = ledger.files()
    ledger.change("alter table blocks add column size integer default 5")
    last = FIRST + timedelta(days=59)
    ledger.publish(one(last), hours=1)
    assert ledger.read() == ledger.contents()
    assert {name.split("/")[1] for name in ledger.files() ^ before} == {"blocks"}


def test_a_table_that_another_decides_on_all_days_is_written_anew_when_that_changes(ledger: Ledger) -> None:
    last = FIRST + timedelta(days=59)
    ledger.change(f"insert into nothing values ('{FIRST}', 5)")
    ledger.publish(one(last), hours=1)
    assert ledger.read() != ledger.contents()
    ledger.change("update labels set share = 2.5")
    ledger.publish(one(last), hours=2)
    assert ledger.read() == ledger.contents()


def test_a_reader_of_an_old_state_goes_on_reading_it(ledger: Ledger) -> None:
    before = ledger.contents()
    with reading_published(ledger.published) as old:
        for number in range(5):
            ledger.build(*since_first(60), seed=number + 1)
            ledger.publish(hours=number + 1)
            assert rows(old) == before
    # Within a process, connections to one path are one as long as any of them is open.
    assert ledger.read() == ledger.contents() != before


def test_files_that_no_state_names_go_after_a_while(ledger: Ledger) -> None:
    def there() -> set[str]:
        root = ledger.published.parent
        return {str(path.relative_to(root)) for path in root.glob("tables/*/*.parquet")}

    before = ledger.files()
    ledger.build(*since_first(60), seed=1)
    ledger.publish(hours=1)
    assert there() == ledger.files() | before
    ledger.publish(one(FIRST), hours=23)
    assert there() == ledger.files() | before
    assert remove_expired(ledger.published, NOW + 24 * HOUR) == 0
    ledger.publish(one(FIRST), hours=26)
    assert there() == ledger.files()
    ledger.build(FIRST, seed=2)
    ledger.publish(one(FIRST), hours=27)
    assert there() > ledger.files()
    assert remove_expired(ledger.published, NOW + 52 * HOUR) > 0
    assert there() == ledger.files()


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_folder_in_another_place_is_read_there(ledger: Ledger, tmp_path: Path, how: str) -> None:
    expected = ledger.contents()
    place = tmp_path / "it's elsewhere" / "published"
    if how == "moved":
        place.parent.mkdir()
        ledger.published.parent.rename(place)
    else:
        shutil.copytree(ledger.published.parent, place)
    with reading_published(place / ledger.published.name) as connection:
        assert rows(connection) == expected
    # As any tool does it.
    with duckdb.connect(place / ledger.published.name, read_only=True) as connection:
        escaped = str(place).replace("'", "''")
        connection.execute(f"set variable {VARIABLE} = '{escaped}'")
        assert rows(connection) == expected


def test_a_folder_that_was_moved_is_published_there_without_writing_files_anew(ledger: Ledger, tmp_path: Path) -> None:
    expected, files = ledger.contents(), ledger.files()
    place = tmp_path / "elsewhere" / "published"
    place.parent.mkdir()
    ledger.published.parent.rename(place)
    ledger.published = place / ledger.published.name
    inodes = {name: (place / name).stat().st_ino for name in files if "/entries/" in name}
    last = FIRST + timedelta(days=59)
    ledger.publish(one(last + 10 * ONE_DAY), hours=1)
    with duckdb.connect(ledger.published, read_only=True) as connection:
        assert rows(connection) == expected
    assert {name: (place / name).stat().st_ino for name in inodes} == inodes
    assert ledger.files() == files


def test_where_a_table_cannot_be_written_large_ones_are_not_written_to_their_end(ledger: Ledger) -> None:
    tables = ledger.published.parent / "tables"
    state, files = ledger.read(), set(tables.rglob("20*.parquet"))
    ledger.change(
        "insert into entries select date '2021-01-02', (number * 7919) % 3000000, md5(number::varchar), number "
        "from range(3000000) as rows (number)"
    )
    broken = MODELS | {"blocks": MODELS["blocks"] | {"config": {"meta": TABLES["blocks"] | {"order_by": "nowhere"}}}}
    with pytest.raises(duckdb.BinderException, match="nowhere"):
        publish(ledger.warehouse, ledger.published, broken, now=NOW + HOUR)
    assert ledger.read() == state
    assert set(tables.rglob("20*.parquet")) == files


def test_memory_is_that_of_the_setting(tmp_path: Path) -> None:
    """A month of 3 million rows is ordered and written within 100 MB: what does not fit is spilled."""
    ledger = Ledger(tmp_path)
    ledger.build(date(2021, 1, 30), date(2021, 1, 31))
    ledger.change(
        "insert into entries select date '2021-01-30', (number * 7919) % 3000000, md5(number::varchar), number "
        "from range(3000000) as rows (number)"
    )
    config = {"memory_limit": "100MB", "threads": 2, "temp_directory": str(tmp_path / "temp")}
    found = publish(ledger.warehouse, ledger.published, MODELS, config=config, now=NOW + HOUR)
    assert found["entries"] == 3_000_100
