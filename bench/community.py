"""B4, B5: holders, miner supplies and realized cap, compared with public queries that sum all of history each day."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
from rich.console import Console

from bench.homes import BLOCKS_PER_DAY, Home, benchmark_home, fresh_copy
from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.report import Ratio, Report
from bench.scale import FIVE_YEARS, FIVE_YEARS_BLOCKS
from dagster_project.days import Days

DAYS, HISTORY = 365, 730
# Beyond this many entries: five years, and the community way is asked for some days only, or it would take hours.
LARGE, EVERY = 20_000_000, 25
BOOK = "book.duckdb"
BOOK_TABLES = {
    "balance_updates": "select day, account, value from {} order by day",
    "hop_members": "select day, account, hop from {}",
    "holder_bounds": "from {}",
    "outputs": "select day, height, tx_index, output_index, value from {} where height > 0 and account_id > 0",
    "inputs": "select day, created_day, created_height, created_tx_index, output_index, value from {} "
    "where created_height > 0",
    "daily_prices": "select day, price from {} where asset = 'btc'",
}
VIRTUAL = "('FEES', 'ISSUANCE', 'UNSPENDABLE')"
HOLDER_MODELS = ("account_states", "account_keyframes", "holder_changes", "holders_metrics")
MINER_MODELS = ("miner_supply_changes",)
COIN_MODELS = (
    "spent_coins",
    "unspent_coins",
    "unspent_coin_ranges",
    "spent_coin_ranges",
    "unspent_coins_metrics",
    "spent_coins_metrics",
)
HOLDERS = f"""
    with balances as (
        select account, sum(value) as balance, max(day) as last_day
        from balance_updates
        where day <= date '{{day}}' and account not in {VIRTUAL}
        group by account
        having sum(value) > 0
    )
    select
        bound,
        count(balance),
        coalesce(sum(balance), 0),
        count(balance) filter (last_day > date '{{day}}' - 365),
        coalesce(sum(balance) filter (last_day > date '{{day}}' - 365), 0)
    from holder_bounds
    left join balances
        on length(cast(balance as varchar)) between min_digits and max_digits
        and not (
            kind = 'threshold' and length(cast(balance as varchar)) = min_digits
            and rtrim(cast(balance as varchar), '0') = '1'
        )
    group by bound
"""
HOLDER_METRICS = (
    "holders_distribution_",
    "holders_distribution_combined_balance_",
    "active_holders_distribution_",
    "active_holders_distribution_combined_balance_",
)
MINERS = """
    select hop, sum(value)
    from balance_updates
    inner join hop_members using (account)
    where balance_updates.day <= date '{day}' and hop_members.day <= date '{day}'
    group by hop
"""
REALIZED_CAP = """
    select sum(outputs.value * daily_prices.price) / 1e8
    from outputs
    inner join daily_prices using (day)
    anti join (from inputs where day <= date '{day}') as spent
        on outputs.height = spent.created_height
        and outputs.tx_index = spent.created_tx_index
        and outputs.output_index = spent.output_index
    where outputs.day <= date '{day}'
"""
PROFIT_RATIO = """
    select sum(inputs.value * spending.price) / sum(inputs.value * creating.price)
    from inputs
    inner join daily_prices as spending using (day)
    left join daily_prices as creating on inputs.created_day = creating.day
    where inputs.day = date '{day}'
"""
ABOUT = """\
The last {days} days of a synthetic chain of {entries:,} ledger entries on {history} days, one run for all families of
the holders, one for the miner supplies, one for realized cap and SOPR. The community way asks the double-entry book for
every day anew: a table of day, account and value, with addresses as text, in a DuckDB file of its own, beside a table
of the members; for realized cap and SOPR outputs, inputs, told apart by numbers, and prices. {asked}The time of
satledger is that of the models {holders}, {miners} and {coins}, as dbt times them, over those days; the last six make
some 190 metrics more in that time. The members and the ledger are common to both. The results of both are compared and
equal: {compared:,} values, of which realized cap and SOPR, which are doubles, to a relative 1e-12."""

ASKED = """\
It was asked for {number} of the days, every {step}th from the last one on; its time is {days} / {number} of that. """


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure both in turns."""
    history, blocks = (FIVE_YEARS, FIVE_YEARS_BLOCKS) if entries > LARGE else (HISTORY, BLOCKS_PER_DAY)
    source = benchmark_home(folder, entries, history, console, blocks)
    home = fresh_copy(source, folder / f"{source.path.name}-community")
    with console.status("Building"):
        home.build()
        _write_book(home)
    step = EVERY if entries > LARGE else 1
    calendar = list(home.calendar())[-DAYS:][::-step]
    factor = DAYS / len(calendar)
    found: dict[tuple[date, str], int] = {}
    ratios: dict[tuple[date, str], float] = {}
    series = alternate(
        {
            "holders, the community way": lambda: _holders(home, calendar, found).times(factor),
            "holders, satledger's models": lambda: _models(home, HOLDER_MODELS),
            "miner supplies, the community way": lambda: _miners(home, calendar, found).times(factor),
            "miner supplies, satledger's models": lambda: _models(home, MINER_MODELS),
            "realized cap and SOPR, the community way": lambda: _coins(home, calendar, ratios).times(factor),
            "realized cap and SOPR, satledger's models": lambda: _models(home, COIN_MODELS),
        },
        rounds,
        console,
    )
    compared = _compare(home, found) + _compare_ratios(home, ratios)
    about = ABOUT.format(
        days=DAYS,
        asked=ASKED.format(number=len(calendar), step=step, days=DAYS) if step > 1 else "",
        history=history,
        entries=home.query("select count(*) from balance_updates")[0][0],
        holders=", ".join(HOLDER_MODELS),
        miners=", ".join(MINER_MODELS),
        coins=", ".join(COIN_MODELS),
        compared=compared,
    )
    return Report(f"community_{entries}", about, series, _ratios(series))


def _ratios(series: Sequence[Series]) -> list[Ratio]:
    holders, holder_models, miners, miner_models, coins, coin_models = series
    return [
        Ratio("holders: community / satledger", holders, holder_models, ">= 100"),
        Ratio("miner supplies: community / satledger", miners, miner_models, ">= 100"),
        Ratio("realized cap and SOPR: community / satledger", coins, coin_models, ">= 50"),
    ]


def _write_book(home: Home) -> None:
    """Write what the community way reads, as it has it: plain tables with names."""
    with duckdb.connect(home.path / BOOK) as connection:
        # Views name the database that they were made in, which is called like the file.
        connection.execute(f"attach '{home.settings.warehouse}' as warehouse (read_only)")
        for table, query in BOOK_TABLES.items():
            connection.execute(f"create table {table} as {query.format(f'warehouse.main.{table}')}")


def _connect(home: Home) -> duckdb.DuckDBPyConnection:
    config = {"memory_limit": home.settings.memory_limit, "threads": home.settings.threads}
    return duckdb.connect(home.path / BOOK, read_only=True, config=config)


def _holders(home: Home, days: Sequence[date], found: dict[tuple[date, str], int]) -> Stopwatch:
    with _connect(home) as connection, stopwatch() as watch:
        for day in days:
            for bound, *values in connection.execute(HOLDERS.format(day=day)).fetchall():
                found |= {(day, prefix + bound): int(v) for prefix, v in zip(HOLDER_METRICS, values, strict=True)}
    return watch


def _miners(home: Home, days: Sequence[date], found: dict[tuple[date, str], int]) -> Stopwatch:
    with _connect(home) as connection, stopwatch() as watch:
        for day in days:
            for hop, value in connection.execute(MINERS.format(day=day)).fetchall():
                found[day, f"SplyMiner{hop}HopAllNtv"] = int(value)
    return watch


def _coins(home: Home, days: Sequence[date], found: dict[tuple[date, str], float]) -> Stopwatch:
    with _connect(home) as connection, stopwatch() as watch:
        for day in days:
            for metric, query in (("CapRealUSD", REALIZED_CAP), ("SOPR", PROFIT_RATIO)):
                for (value,) in connection.execute(query.format(day=day)).fetchall():
                    if value is not None:
                        found[day, metric] = value
    return watch


def _models(home: Home, models: Sequence[str]) -> Stopwatch:
    calendar = home.calendar()
    window = Days(max(calendar.first, calendar.last - timedelta(days=DAYS - 1)), calendar.last)
    with stopwatch() as watch:
        nodes = home.build(window, "--select", *models)
    own = sum(part[f"model.satledger.{model}"] for part in nodes for model in models)
    return Stopwatch(own, own * watch.processor / watch.seconds)


def _compare(home: Home, found: dict[tuple[date, str], int]) -> int:
    rows = home.query("select time, metric, value_text from metrics_daily where asset = 'btc' and value is not null")
    ours = {(day, metric): int(text.replace(".", "")) for day, metric, text in rows if (day, metric) in found}
    different = [key for key, value in found.items() if ours.get(key) != value]
    if different:
        raise RuntimeError(f"{len(different)} of {len(found)} values differ, such as {sorted(different)[0]}")
    return len(found)


def _compare_ratios(home: Home, found: dict[tuple[date, str], float]) -> int:
    rows = home.query("select time, metric, value from metrics_daily where metric in ('CapRealUSD', 'SOPR')")
    ours = {(day, metric): value for day, metric, value in rows}
    for key, value in found.items():
        if ours[key] is None or abs(ours[key] - value) > 1e-12 * abs(value):
            raise RuntimeError(f"{key[1]} of {key[0]} is {ours[key]}, and {value} the community way.")
    return len(found)
