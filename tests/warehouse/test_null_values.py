"""Days on which a value cannot be: each null has its reason, and no value is made from what is not the asset's."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dagster_project.headers.load import import_folder
from dagster_project.headers.model import read_assets
from tests.reference.compare import compare
from tests.warehouse.harness import Home
from tests.warehouse.plain_chain import home_of, plain_chain

# On regtest the subsidy is 0 from here on: 50 BTC, halved 33 times.
SUBSIDY_ENDS = 33 * 150
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def after_the_subsidy(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Four days in which the subsidy runs out, and 33 with blocks that nobody pays for."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    times = [start + MINUTE * number for number in range(SUBSIDY_ENDS)]
    times += [times[-1] + 6 * HOUR * number for number in range(1, 4 * 35)]
    chain = plain_chain(times)
    home = home_of(chain, tmp_path_factory.mktemp("after-the-subsidy"))
    home.build()
    with home.reading() as connection:
        assert compare(connection, chain.reference()) == []
    return home


def test_a_day_without_revenue_has_a_reason_for_every_null(after_the_subsidy: Home) -> None:
    with after_the_subsidy.reading() as connection:
        rows = connection.execute(
            """
            select metric, value, reason
            from metrics_daily left join metric_gaps using (asset, time, metric)
            where time = (select max(day) from built_days) and metric not like '%USD'
            """
        ).fetchall()
        ((ended,),) = connection.execute(
            "select count(*) from metrics_daily where metric = 'RevNtv' and value = 0"
        ).fetchall()
    assert ended >= 30
    values = {metric: (value, reason) for metric, value, reason in rows}
    assert values["BlkCnt"][0] == 4
    assert values["RevNtv"] == (0, None)
    assert values["RevHashNtv"] == (0, None)
    assert values["MOMR"] == (None, "no revenue on this day")
    assert values["MRI0HopAll30d"] == values["MRI1HopAll30d"] == (None, "no revenue in the latest 30 days")
    assert [metric for metric, (value, reason) in values.items() if value is None and not reason] == []


def test_blocks_of_one_moment_have_no_hash_rate_of_ethereum(tmp_path: Path) -> None:
    """Difficulty over the blocks' interval: 0 seconds give no number, not an infinite one."""
    start = datetime(2024, 1, 20, tzinfo=UTC)
    home = home_of(plain_chain([start + HOUR * number for number in range(100)]), tmp_path)
    # block 1 has no interval, and the others of its day lie at the same second
    rows = [
        {
            "asset": "etc",
            "height": 1 + number,
            "hash": f"0x{number:064x}",
            "time": int((start + DAY * (number // 8)).timestamp()),
            "difficulty": 10**15,
        }
        for number in range(8 * 4)
    ]
    import_headers(home, tmp_path, {"etc": rows})
    home.build()
    with home.reading() as connection:
        found = connection.execute(
            """
            select metric, value_text, reason
            from metrics_daily left join metric_gaps using (asset, time, metric)
            where asset = 'etc' and time = date '2024-01-20' and metric in ('BlkCnt', 'BlkIntMean', 'HashRate')
            order by metric
            """
        ).fetchall()
    assert found == [
        ("BlkCnt", "8", None),
        ("BlkIntMean", "0", None),
        ("HashRate", None, "no time between the blocks of this day"),
    ]


def test_a_fork_has_no_value_before_its_first_day(tmp_path: Path) -> None:
    """The headers of bch go back to blocks that it shares with btc; ltc, a chain of its own, keeps all of its days."""
    fork = read_assets()["bch"].first_day
    start = datetime(fork.year, fork.month, fork.day, tzinfo=UTC) - 4 * DAY
    home = home_of(plain_chain([start + HOUR * number for number in range(24 * 8)]), tmp_path)
    rows: list[dict[str, object]] = [
        {
            "height": 400_000 + number,
            "hash": f"{number:064x}",
            "time": int((start + HOUR * number).timestamp()),
            "bits": "1a0ffff0",
        }
        for number in range(24 * 8)
    ]
    import_headers(home, tmp_path, {asset: [{"asset": asset} | row for row in rows] for asset in ("bch", "ltc")})
    home.build()
    with home.reading() as connection:
        first_days = connection.execute(
            "select asset, min(time) from metrics_daily where asset <> 'btc' group by asset order by asset"
        ).fetchall()
        blocks = connection.execute(
            "select value_text from metrics_daily where asset = 'bch' and metric = 'BlkCnt' and time = ?", [fork]
        ).fetchall()
    assert first_days == [("bch", fork), ("ltc", fork - 3 * DAY)]
    assert blocks == [("24",)]


def import_headers(home: Home, folder: Path, rows: dict[str, list[dict[str, object]]]) -> None:
    """Put headers of other chains into the home's lake, through CSV files."""
    (folder / "headers").mkdir()
    for asset, headers in rows.items():
        with (folder / "headers" / f"{asset}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(headers[0]))
            writer.writeheader()
            writer.writerows(headers)
    assert {asset for asset, written in import_folder(folder / "headers", home.settings.lake) if written.days > 1} == (
        rows.keys()
    )
