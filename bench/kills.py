"""Builds killed at random moments: the next run has to succeed, with the same tables as an undisturbed build."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench.homes import contents, satledger, timed
from bench.report import Report, Table
from dagster_project.settings import Engine

KILLS_A_ROUND, SEED = 4, 20
# Spark takes its time for each step, however many days there are.
LAST_DAY = {Engine.DUCKDB: "2022-01-25", Engine.SPARK: "2022-01-12"}
WHAT = ("the command", "the command and all its processes")
ABOUT = """\
`satledger build` of the first days of the sample chain in an empty home, ended by `kill -9` at {kills} moments drawn at
random (seed {seed}) from the {seconds:.0f} s that an undisturbed build took, each in a home of its own; then the same
command again, not disturbed. Compared are all rows of all tables, {where}.

**{equal} of {kills}: the next run completed and all tables were equal.**"""

# Spark's warehouse is folders of Parquet; what it holds is in the copy.
COMPARED = {Engine.DUCKDB: "of the warehouse and of the published copy", Engine.SPARK: "of the published copy"}


def run(console: Console, rounds: int, engine: Engine = Engine.DUCKDB) -> Report:
    """Kill four builds in each round; the default of five rounds gives the 20 that the project promises."""
    kills = KILLS_A_ROUND * rounds
    with tempfile.TemporaryDirectory(prefix="satledger-kills-") as name:
        folder = Path(name)
        with console.status("Building undisturbed"):
            undisturbed = timed(folder / "undisturbed", *_build(engine), SATLEDGER_ENGINE=engine.value)
        expected = _tables(folder / "undisturbed", engine)
        console.print(f"  undisturbed: {undisturbed.seconds:.1f} s, {len(expected)} tables")
        drawn = random.Random(SEED)
        rows: list[tuple[object, ...]] = []
        while len(rows) < kills:
            moment, everything = drawn.uniform(0.0, undisturbed.seconds), drawn.random() < 0.5
            home = folder / f"killed-{len(rows)}"
            with console.status(f"Kill {len(rows) + 1} of {kills}, after {moment:.1f} s"):
                found = _killed(home, engine, moment, everything)
                if found is not None:
                    outcome = _outcome(home, engine, expected)
                    rows.append((len(rows) + 1, moment, WHAT[everything], found, outcome))
                    console.print("  " + ", ".join(map(str, rows[-1])))
            shutil.rmtree(home, ignore_errors=True)
    equal = sum(row[-1] == "equal" for row in rows)
    about = ABOUT.format(kills=len(rows), seed=SEED, seconds=undisturbed.seconds, equal=equal, where=COMPARED[engine])
    header = ("kill", "after seconds", "what was killed", "what stood then", "after the next run")
    return Report(
        "kills" if engine is Engine.DUCKDB else "spark_kills", about, tables=[Table("Each kill", header, rows)]
    )


def _build(engine: Engine) -> tuple[str, ...]:
    return ("build", "--chain", "sample", "--source", "sample", "--to", LAST_DAY[engine])


def _start(home: Path, engine: Engine) -> subprocess.Popen[bytes]:
    return satledger(home, *_build(engine), SATLEDGER_ENGINE=engine.value)


def _tables(home: Path, engine: Engine) -> dict[str, str]:
    both = {"published": contents(home / "published" / "satledger.duckdb")}
    if engine is Engine.DUCKDB:
        both["warehouse"] = contents(home / "warehouse.duckdb")
    return {f"{place}.{table}": digest for place, tables in both.items() for table, digest in tables.items()}


def _killed(home: Path, engine: Engine, moment: float, everything: bool) -> str | None:
    """Start a build and kill it at a moment; what stood then, or None where it had ended before."""
    build = _start(home, engine)
    try:
        build.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        (os.killpg if everything else os.kill)(build.pid, signal.SIGKILL)
        build.wait()
        return _standing(home)
    finally:
        if build.stderr:
            build.stderr.close()
    return None


def _standing(home: Path) -> str:
    days = len(list(home.glob("lake/raw/*/????-??-??/manifest.json")))
    published = (home / "published" / "satledger.duckdb").is_file()
    warehouse = any(path.is_file() for path in (home / "warehouse.duckdb", home / "spark" / "warehouse.duckdb"))
    return f"{days} raw days{', a warehouse' if warehouse else ''}{', a published copy' if published else ''}"


def _outcome(home: Path, engine: Engine, expected: dict[str, str]) -> str:
    # A child of the killed process ends itself within a fraction of a second.
    time.sleep(0.5)
    again = _start(home, engine)
    _, errors = again.communicate()
    if again.returncode:
        return f"failed: {' '.join(errors.decode(errors='replace').split())[-300:]}"
    found = _tables(home, engine)
    different = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    return f"differs: {', '.join(different)}" if different else "equal"
