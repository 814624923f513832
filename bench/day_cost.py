"""B9: the fixed cost of a day, on a tiny chain with almost nothing to compute: Dagster, dbt, checks and publishing."""

import json
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

from bench.homes import timed
from bench.measure import Series, Stopwatch
from bench.report import Report, Table

FIRST_LAST_DAY = date(2022, 1, 25)
NAME = "one more day: `satledger build --to DAY`"
ABOUT = """\
The sample chain up to {day} is built, then one day after the other is added by the command line: Python starts, the day
is extracted, Dagster runs all assets and checks, dbt all models and tests, and the copy is published. Of a day's
processor time hardly any is work on the day's {entries} ledger entries. Target: 15 s or less."""


def run(console: Console, rounds: int) -> Report:
    """Add one day in each round."""
    series, parts = Series(NAME), []
    with tempfile.TemporaryDirectory(prefix="satledger-day-") as name:
        home = Path(name)
        with console.status("Building the days before"):
            _build(home, FIRST_LAST_DAY, "--chain", "sample", "--source", "sample")
        for number in range(rounds):
            day = FIRST_LAST_DAY + timedelta(days=number + 1)
            with console.status(f"Adding {day}"):
                series.add(_build(home, day))
            parts.append(_parts(home, series.seconds[-1]))
            console.print(f"  {day}: {series.seconds[-1]:.1f} s, load {series.load[-1]:.1f}")
        entries = _entries(home)
    rows = [(part, sum(each[part] for each in parts) / rounds) for part in parts[0]]
    about = ABOUT.format(day=FIRST_LAST_DAY, entries=entries)
    return Report("day_cost", about, [series], tables=[Table("Where it goes", ("part", "mean seconds"), rows)])


def _build(home: Path, last: date, *options: str) -> Stopwatch:
    return timed(home, "build", "--to", str(last), *options)


def _parts(home: Path, total: float) -> dict[str, float]:
    results = json.loads((home / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    kinds: Counter[str] = Counter()
    for result in results["results"]:
        kinds[result["unique_id"].split(".")[0]] += result["execution_time"]
    running = results["elapsed_time"]
    return {
        **{f"dbt: {kind}s": seconds for kind, seconds in sorted(kinds.items())},
        "dbt: between them, and its hooks": running - sum(kinds.values()),
        "all else: starting Python and dbt, Dagster, extraction, publishing": total - running,
    }


def _entries(home: Path) -> int:
    import duckdb

    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        found = connection.execute("select count(*) / count(distinct day) from balance_updates").fetchall()
    return round(found[0][0])
