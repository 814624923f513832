"""Headers by month: what the files hold, that they depend on nothing else, and how days of old files get into them."""

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.headers import store
from dagster_project.headers.load import load_headers
from dagster_project.headers.month_files import day_digests, verify_months
from dagster_project.headers.store import HeaderStore, Written
from dagster_project.inputs.intake import Intake
from dagster_project.settings import PROJECT_ROOT, Chain, Settings

from .made_up import days_of

DAYS = days_of(date(2022, 12, 20), 50)
DIES_AFTER = """
import os, sys
from pathlib import Path
from dagster_project.headers.store import HeaderStore

lake, name, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
done = getattr(Path, name)

def dying(*arguments, **others):
    global times
    if times == 0:
        os._exit(9)
    times -= 1
    return done(*arguments, **others)

setattr(Path, name, dying)
HeaderStore(lake, "xmr").take_over_single_days()
"""


def months(lake: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((lake / "headers/xmr").glob("*.parquet"))}


def in_single_days(lake: Path) -> None:
    """Put the headers of a lake into the files that an earlier version wrote."""
    held = HeaderStore(lake, "xmr")
    for day in held.days():
        duckdb.execute(
            f"copy (select * exclude (day) from read_parquet('{held.folder}/????-??.parquet') "
            f"where day = date '{day}' and height is not null order by height) "
            f"to '{held.folder}/{day}.parquet' (format parquet, compression zstd)"
        )
    for path in held.folder.glob("????-??.parquet"):
        path.unlink()


@pytest.fixture
def written(tmp_path: Path) -> dict[str, bytes]:
    assert HeaderStore(tmp_path / "once", "xmr").write(DAYS) == Written(50, 190)
    return months(tmp_path / "once")


def test_a_month_has_the_rows_of_its_days_by_height_and_says_so(tmp_path: Path, written: dict[str, bytes]) -> None:
    assert list(written) == ["2022-12.parquet", "2023-01.parquet", "2023-02.parquet"]
    files = f"{tmp_path}/once/headers/xmr/*.parquet"
    for name in written:
        file = f"{tmp_path}/once/headers/xmr/{name}"
        rows = duckdb.sql(f"select day, height, hash, work, reward from read_parquet('{file}')").fetchall()
        blocks = [(day, each) for day, headers in DAYS for each in headers if f"{day:%Y-%m}.parquet" == name]
        expected = [
            (day, each.height, each.hash, each.work, each.reward)
            for day, each in sorted(blocks, key=lambda pair: pair[1].height)
        ]
        empty = [(day, *[None] * 4) for day, headers in DAYS if not headers and f"{day:%Y-%m}.parquet" == name]
        assert rows == expected + empty
        ((told,),) = duckdb.sql(
            f"select decode(value) from parquet_kv_metadata('{file}') where decode(key) = 'days'"
        ).fetchall()
        assert sorted({str(row[0]) for row in rows}) == list(json.loads(told))
    assert duckdb.sql(f"describe from read_parquet('{files}')").fetchall()[1][:2] == ("day", "DATE")
    assert HeaderStore(tmp_path / "once", "xmr").days() == [day for day, _ in DAYS]
    assert len(set(day_digests(tmp_path / "once").values())) == 50


@pytest.mark.parametrize(
    "portions",
    [
        [[each] for each in DAYS],
        [[each] for each in reversed(DAYS)],
        [DAYS[::2], DAYS[1::2]],
        [DAYS[:30], DAYS[20:]],
        [[(day, headers[:1]) for day, headers in DAYS], [(day, []) for day, _ in DAYS], DAYS],
    ],
    ids=["day by day", "backwards", "in turns", "some twice", "other rows before"],
)
def test_the_same_days_give_the_same_bytes(
    tmp_path: Path, written: dict[str, bytes], portions: Iterable[list[store.Day]]
) -> None:
    held = HeaderStore(tmp_path / "lake", "xmr")
    for portion in portions:
        held.write(portion)
    assert months(tmp_path / "lake") == written


def test_rows_beyond_a_batch_give_the_same_bytes(
    tmp_path: Path, written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ROWS_AT_ONCE", 17)
    HeaderStore(tmp_path / "lake", "xmr").write(DAYS)
    assert months(tmp_path / "lake") == written


def test_days_are_removed_one_by_one_and_the_others_stay(tmp_path: Path, written: dict[str, bytes]) -> None:
    held = HeaderStore(tmp_path / "lake", "xmr")
    held.write(DAYS)
    held.remove(date(2022, 12, 24))
    assert held.days() == [day for day, _ in DAYS if day != date(2022, 12, 24)]
    held.write(DAYS[4:5])
    assert months(tmp_path / "lake") == written
    for day, _ in DAYS[:12]:
        held.remove(day)
    assert months(tmp_path / "lake") == {name: written[name] for name in ("2023-01.parquet", "2023-02.parquet")}


def test_the_latest_block_of_a_day(tmp_path: Path) -> None:
    held = HeaderStore(tmp_path, "xmr")
    held.write(DAYS)
    for day, headers in DAYS[:8]:
        assert held.latest_block(day) == ((headers[-1].height, headers[-1].hash) if headers else None)


def test_days_of_an_earlier_version_are_taken_over_by_an_import(tmp_path: Path, written: dict[str, bytes]) -> None:
    settings = Settings(home=tmp_path, chain=Chain.MAINNET)
    HeaderStore(settings.lake, "xmr").write(DAYS)
    in_single_days(settings.lake)
    assert len(months(settings.lake)) == 50
    assert list(load_headers(settings, Intake("headers"))) == []
    assert months(settings.lake) == written


@pytest.mark.parametrize(("step", "times"), [("replace", 0), ("replace", 1), ("unlink", 0), ("unlink", 20)])
def test_a_killed_take_over_loses_and_doubles_nothing(
    tmp_path: Path, written: dict[str, bytes], step: str, times: int
) -> None:
    held = HeaderStore(tmp_path / "lake", "xmr")
    # January is there by month: as after a take-over that was killed, which the next one finds.
    held.write(DAYS)
    january = (held.folder / "2023-01.parquet").read_bytes()
    in_single_days(tmp_path / "lake")
    (held.folder / "2023-01.parquet").write_bytes(january)
    killed = subprocess.run(
        [sys.executable, "-c", DIES_AFTER, str(tmp_path / "lake"), step, str(times)], cwd=PROJECT_ROOT, check=False
    )
    assert killed.returncode == 9
    assert months(tmp_path / "lake") != written
    held.take_over_single_days()
    assert months(tmp_path / "lake") == written


def test_files_that_are_no_months_or_damaged_are_named(tmp_path: Path, written: dict[str, bytes]) -> None:
    held = HeaderStore(tmp_path / "once", "xmr")
    (held.folder / "copy.parquet").touch()
    with pytest.raises(SatledgerError, match=r"copy\.parquet is not a month of headers"):
        held.days()
    (held.folder / "copy.parquet").rename(held.folder / "2022-12-32.parquet")
    with pytest.raises(SatledgerError, match=r"2022-12-32\.parquet is no file of headers"):
        held.take_over_single_days()
    (held.folder / "2022-12-32.parquet").unlink()
    damaged = held.folder / "2023-01.parquet"
    duckdb.execute(f"copy (select 1 as a) to '{damaged}' (format parquet)")
    with pytest.raises(SatledgerError, match=r"2023-01\.parquet cannot be read \(its footer does not say which days"):
        held.days()
    damaged.write_bytes(b"PAR1")
    for read in (held.days, lambda: held.latest_block(date(2023, 1, 5)), lambda: held.remove(date(2023, 1, 5))):
        with pytest.raises(SatledgerError, match=r"2023-01\.parquet cannot be read .*: remove the folder .*xmr"):
            read()
    assert months(tmp_path / "once") == {**written, "2023-01.parquet": b"PAR1"}


def test_each_of_300_flipped_bits_is_noticed(tmp_path: Path) -> None:
    HeaderStore(tmp_path, "xmr").write(DAYS)
    verify_months(tmp_path)
    drawn = random.Random(14)
    for _ in range(300):
        path = drawn.choice(sorted((tmp_path / "headers/xmr").glob("*.parquet")))
        written, place = path.read_bytes(), drawn.randrange(8 * path.stat().st_size)
        changed = bytearray(written)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(SatledgerError, match=f"{path.parent}"):
            verify_months(tmp_path)
        path.write_bytes(written)
    verify_months(tmp_path)


def test_a_damaged_month_gets_no_new_seal(tmp_path: Path) -> None:
    """A month's file is written anew with each of its days, and keeps its other rows."""
    store = HeaderStore(tmp_path, "xmr")
    store.write(DAYS[:10])
    (path,) = store.folder.glob("*.parquet")
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    with pytest.raises(SatledgerError, match="it is not what was written"):
        store.write(DAYS[10:11])
    assert path.read_bytes() == changed


def test_a_month_of_an_earlier_version_is_compared_by_its_rows(tmp_path: Path, written: dict[str, bytes]) -> None:
    """It has no seal."""
    path = tmp_path / "once/headers/xmr/2023-01.parquet"
    ((days,),) = duckdb.sql(
        f"select decode(value) from parquet_kv_metadata('{path}') where decode(key) = 'days'"
    ).fetchall()
    rows, other = f"from read_parquet('{path}')", tmp_path / "aside"
    for select, right in (("select *", True), ("select * replace (reward + 1 as reward)", False)):
        duckdb.execute(f"copy ({select} {rows}) to '{other}' (format parquet, kv_metadata {{days: '{days}'}})")
        path.write_bytes(other.read_bytes())
        if right:
            verify_months(tmp_path / "once")
            continue
        with pytest.raises(SatledgerError, match="its rows are not what was written"):
            verify_months(tmp_path / "once")


def test_only_the_months_of_some_days_are_compared(tmp_path: Path) -> None:
    HeaderStore(tmp_path, "xmr").write(days_of(date(2022, 1, 1), 150))
    damaged = tmp_path / "headers/xmr/2022-01.parquet"
    damaged.write_bytes(b"none")
    verify_months(tmp_path, Days(date(2022, 4, 1), date(2022, 4, 30)))
    with pytest.raises(SatledgerError, match=r"2022-01\.parquet cannot be read"):
        verify_months(tmp_path, Days(date(2022, 2, 10), date(2022, 2, 10)))
