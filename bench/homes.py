"""Homes for measurements: synthetic chains of any size with all inputs, and runs of dbt or the command line on them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
from rich.console import Console

from bench.measure import Stopwatch, stopwatch, watching
from bench.sample_inputs import write_inputs
from dagster_project.blocks.addresses import address_problem
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources.sample import generate
from dagster_project.cli.sizes import bytes_of
from dagster_project.days import Days, chunks
from dagster_project.headers.model import read_assets
from dagster_project.labels.load import label_files, load_labels
from dagster_project.labels.model import Exchanges
from dagster_project.labels.store import write_labels
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.prices.csv_folder import read_folder
from dagster_project.prices.store import write_prices
from dagster_project.publish.state import RECORDS, reading_published
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import GENERATOR_VERSION, Plan
from dagster_project.settings import DBT_PROJECT, PROJECT_ROOT, Chain, Settings, Source
from dagster_project.warehouse.dbt_arguments import dbt_environment, window_environment
from dagster_project.warehouse.dbt_child import PARENT
from dagster_project.warehouse.memory import rows_at_once

# Of a chain of some years; a chain of many needs fewer (`benchmark_home`).
BLOCKS_PER_DAY = 144


@dataclass(frozen=True)
class Home:
    """A folder with a lake of one chain, and perhaps a warehouse."""

    settings: Settings

    @property
    def path(self) -> Path:
        """The folder."""
        return self.settings.home

    def manifests(self) -> list[Manifest]:
        """The lake's manifests, in order of day."""
        return held_manifests(self.settings.raw)

    def calendar(self) -> Days:
        """The first to the last day of the lake."""
        manifests = self.manifests()
        return Days(manifests[0].day, manifests[-1].day)

    def dbt(self, *arguments: str, days: Days | None = None) -> Path:
        """Run dbt in its own process, as satledger does, and return the folder of its artefacts.

        Raises:
            RuntimeError: dbt failed; the message is its output.
        """
        self.settings.temp.mkdir(parents=True, exist_ok=True)
        target = self.path / "target"
        command = [sys.executable, "-P", "-m", "dagster_project.warehouse.dbt_child", "--quiet", *arguments]
        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
        done = subprocess.run(
            [*command, *folders, "--log-path", str(self.path / "logs")],
            env=outside()
            | dbt_environment(self.settings)
            | (window_environment(days) if days else {})
            | {PARENT: str(os.getpid())},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return target

    def build(self, days: Days | None = None, *select: str) -> list[dict[str, float]]:
        """Build models and run their tests, in the same parts as satledger; returns seconds by node of each part."""
        size = {manifest.day: manifest.inputs + manifest.outputs for manifest in self.manifests()}
        parts = chunks(days or self.calendar(), size, rows_at_once(self.settings.memory_limit))
        arguments = ["build", *select, "--exclude-resource-type", "unit_test"]
        return [node_seconds(self.dbt(*arguments, days=part)) for part in parts]

    def limited(self, memory_limit: str) -> "Home":
        """The same home with another memory limit."""
        return Home(self.settings.model_copy(update={"memory_limit": memory_limit}))

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """Open the warehouse read-only."""
        return duckdb.connect(self.settings.warehouse, read_only=True)

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query on the warehouse."""
        with self.warehouse() as connection:
            return connection.execute(sql).fetchall()


def node_seconds(target: Path) -> dict[str, float]:
    """Seconds that each model, seed and test of dbt's last command took, by its unique id."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {result["unique_id"]: result["execution_time"] for result in results}


def whole_seconds(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Seconds of each node over all parts of a build."""
    return {node: sum(part.get(node, 0.0) for part in parts) for node in chain.from_iterable(parts)}


def outside() -> dict[str, str]:
    """The environment without the settings of satledger and Dagster."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SATLEDGER_", "DAGSTER_"))}


def benchmark_home(
    folder: Path,
    entries: int,
    days: int,
    console: Console,
    blocks_per_day: int = BLOCKS_PER_DAY,
    kind: Callable[[Plan], SampleChain] = SampleChain,
) -> Home:
    """A home whose lake holds a synthetic chain and its inputs; created once, then reused.

    Args:
        folder: the folder of all homes.
        entries: the approximate number of ledger entries.
        days: complete days of the chain.
        console: where slow steps are reported.
        blocks_per_day: use fewer for long chains: after 120,000 blocks the sample chain's subsidy is 0.
        kind: what makes the chain of a plan.
    """
    name = "chain" if kind is SampleChain else kind.__name__
    path = folder / f"{name}-{GENERATOR_VERSION}-{entries}-{days}-{blocks_per_day}"
    settings = Settings(home=path, chain=Chain.SAMPLE, source=Source.SAMPLE)
    made = path / "made"
    if not made.is_file():
        shutil.rmtree(path, ignore_errors=True)
        plan = Plan(entries=entries, days=days, blocks_per_day=blocks_per_day)
        with console.status(f"Writing a chain of {entries:,} entries on {days} days"):
            for _ in generate(settings, plan, kind):
                pass
            _write_inputs(settings, kind(plan))
        made.touch()
    return Home(settings)


def _write_inputs(settings: Settings, chain: SampleChain) -> None:
    given = write_inputs(settings.temp / "inputs", chain)
    parameters, exchanges = load_parameters(settings.resolved_chain), Exchanges()
    found = load_labels(label_files(given.labels), lambda address: address_problem(address, parameters), exchanges)
    write_labels(settings.lake, found.labels, exchanges)
    write_prices(settings.lake, read_folder(given.prices, read_assets()).prices)


def fresh_copy(home: Home, path: Path) -> Home:
    """A home with the same lake, and nothing built. The lake is linked, because raw days are never changed."""
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(home.settings.lake, path / "lake", copy_function=os.link)
    return Home(Settings(home=path, chain=home.settings.chain, source=home.settings.source))


def full_copy(home: Home, path: Path) -> Home:
    """A home with the same lake, and everything that was built."""
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(home.path, path)
    return Home(Settings(home=path, chain=home.settings.chain, source=home.settings.source))


def satledger(home: Path, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
    """Start the command line on a home, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from dagster_project.cli import main; main()", *arguments],
        cwd=PROJECT_ROOT,
        env=outside() | {"SATLEDGER_HOME": str(home)} | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def timed(home: Path, *arguments: str, **settings: str) -> Stopwatch:
    """Run the command line on a home to its end, and time it.

    Raises:
        RuntimeError: it failed; the message is what it wrote.
    """
    with stopwatch() as watch:
        command = satledger(home, *arguments, **settings)
        _, errors = command.communicate()
    if command.returncode:
        raise RuntimeError(errors.decode())
    return watch


@contextmanager
def spilling(home: Home) -> Iterator[list[int]]:
    """Watch the temporary files of the block's builds; the list's only item is the most bytes of them."""
    most = [0]

    def look() -> None:
        # DuckDB removes files while they are counted.
        with suppress(FileNotFoundError):
            most[0] = max(most[0], bytes_of(home.settings.temp))

    with watching(look, 0.5):
        yield most


def contents(path: Path) -> Mapping[str, str]:
    """A digest of the ordered rows of every table of a DuckDB file; for a published file, of every public table."""
    with reading_published(path) as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if "publication" in tables:
            tables = {name for (name,) in connection.execute("show tables").fetchall()} - RECORDS
        digests = {}
        for table in sorted(tables):
            row = connection.execute(
                f"select sha256(coalesce(string_agg(line, '\n' order by line), '')) "
                f"from (select cast({table} as varchar) as line from {table})"
            ).fetchone()
            digests[table] = row[0] if row else ""
    return digests
