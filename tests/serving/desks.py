"""A published copy as large as the page will meet: 16 years of days, every metric of the catalogue, halvings, gaps."""

from datetime import date, datetime
from pathlib import Path

import duckdb

from tests.serving.copies import FIRST, make_copy

BEGIN = date(2009, 1, 3)
HALVINGS = (date(2012, 11, 28), date(2016, 7, 9), date(2020, 5, 11))
# Their values before the days that the copy has anyway; the others have two of them.
LONG = (
    "BlkCnt",
    "TxCnt",
    "FeeTotNtv",
    "IssTotNtv",
    "RevNtv",
    "HashRate",
    "SplyCur",
    "SplyMiner0HopAllNtv",
    "FlowNetExNtv",
)
HOLE = (date(2015, 3, 1), date(2015, 3, 20))
WHY = "the day has no block"
REVISED = date(2023, 4, 1)

_YEARS = f"""
create temporary table earlier as
    select date '{BEGIN}' + number::integer as day, number
    from range(date_diff('day', date '{BEGIN}', date '{FIRST}')) as days (number);
create temporary table made as
    select id as metric, day, round(1 + 100 * (2 + sin(number / 300.0 + length(id))) + number % 7, 2) as value
    from published_catalogue, earlier
    where id in {LONG};
insert into metrics_daily select 'btc', day, metric, value, value::varchar from made;
insert into metrics_daily
    select 'btc', day, id, 7, '7' from published_catalogue, (values (date '{BEGIN}'), (date '2024-02-04')) as ends (day)
    where list_contains(string_split(asset_scope, ' '), 'btc')
        and id not in (select metric from metrics_daily where asset = 'btc');
update metrics_daily set value = null, value_text = null
    where asset = 'btc' and metric = 'BlkCnt' and time between date '{HOLE[0]}' and date '{HOLE[1]}';
insert into metric_gaps
    select 'btc', day, 'BlkCnt', '{WHY}' from earlier where day between date '{HOLE[0]}' and date '{HOLE[1]}';
create table ordered as from metrics_daily order by asset, metric, time;
drop table metrics_daily;
alter table ordered rename to metrics_daily;
"""


def make_desk(path: Path) -> Path:
    """Write such a copy, and put it in place."""
    make_copy(path)
    with duckdb.connect(path) as connection:
        connection.execute("create temporary view published_catalogue as select * from metric_catalog")
        connection.execute(_YEARS)
        for number, day in enumerate(HALVINGS, 1):
            connection.execute("insert into blocks (asset, day, height) values ('btc', ?, ?)", [day, 210_000 * number])
        connection.execute("update blocks set day = ? where height = 0", [BEGIN])
        connection.execute("insert into day_reviews select distinct time, timestamp '2024-03-01' from metrics_daily")
        connection.execute(
            "insert into value_history values ('btc', ?, 'SplyMiner0HopAllNtv', '1', ?, ?)",
            [REVISED, datetime(2024, 3, 1), datetime(2024, 3, 5)],
        )
    return path
