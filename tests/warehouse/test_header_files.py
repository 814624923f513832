"""How models read the headers of other chains: which files, and days that have no blocks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dagster_project.headers.days import whole_days
from dagster_project.headers.model import Header
from dagster_project.headers.store import HeaderStore
from tests.warehouse.harness import Home
from tests.warehouse.plain_chain import home_of, plain_chain

START = datetime(2024, 1, 27, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEBRUARY = date(2024, 2, 2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Eight days, over the end of a month, and headers of two chains that begin with two days without blocks."""
    made = home_of(plain_chain([START + HOUR * number for number in range(24 * 9)]), tmp_path_factory.mktemp("home"))
    times = [START + HOUR, *(START + 3 * DAY + 4 * HOUR * number for number in range(40))]
    headers = [
        Header(900 + number, f"{number:064x}", None, int(time.timestamp()), None, None, "1a0ffff0", 1.0, 2, 3)
        for number, time in enumerate(times)
    ]
    for asset in ("ltc", "vtc"):
        HeaderStore(made.settings.lake, asset).write(whole_days(headers, 1))
    built = made.dbt("build", "--select", "+block_days", "--exclude-resource-type", "unit_test", "test")
    assert built.returncode == 0, built.stdout
    return made


def blocks_by_day(home: Home) -> list[tuple[int, int]]:
    with home.reading() as connection:
        return connection.execute(
            "select day(day), block_count from block_days where asset = 'vtc' order by day"
        ).fetchall()


EXPECTED = [(28, 0), (29, 0), (30, 6), (31, 6), (1, 6), (2, 6), (3, 6)]


def test_days_without_blocks_are_days(home: Home) -> None:
    assert blocks_by_day(home) == EXPECTED
    with home.reading() as connection:
        assert connection.execute("from header_days order by asset").fetchall() == [
            (asset, date(2024, 1, 28), date(2024, 2, 4)) for asset in ("ltc", "vtc")
        ]


def test_files_of_other_months_are_not_opened(home: Home) -> None:
    # Not the first of all, which tells the columns.
    january = HeaderStore(home.settings.lake, "vtc").folder / "2024-01.parquet"
    content = january.read_bytes()
    january.write_bytes(b"no Parquet")
    try:
        february = home.dbt("run", "--select", "block_days", first=FEBRUARY, last=FEBRUARY)
        assert february.returncode == 0, february.stdout
        assert blocks_by_day(home) == EXPECTED
        both = home.dbt("run", "--select", "block_days", first=date(2024, 1, 31), last=FEBRUARY)
        assert both.returncode != 0 and "2024-01.parquet" in both.stdout
    finally:
        january.write_bytes(content)


def test_files_of_an_earlier_version_are_refused(home: Home) -> None:
    single = HeaderStore(home.settings.lake, "ltc").folder / "2024-01-26.parquet"
    single.touch()
    try:
        refused = home.dbt("run", "--select", "block_days", first=FEBRUARY, last=FEBRUARY)
    finally:
        single.unlink()
    assert refused.returncode != 0
    assert "holds block headers in files by day, of an earlier version: run `satledger build`" in refused.stdout
