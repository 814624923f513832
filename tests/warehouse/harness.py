"""A home with raw days and inputs, and the real dbt on it, without Dagster around them."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.blocks.addresses import address_problem
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources import open_source
from dagster_project.chain.update import update_lake
from dagster_project.headers.model import read_assets
from dagster_project.labels.load import label_files, load_labels
from dagster_project.labels.model import Exchanges
from dagster_project.labels.store import write_labels
from dagster_project.prices.csv_folder import read_folder
from dagster_project.prices.store import write_prices
from dagster_project.settings import Chain, ProofMode, Settings, Source
from dagster_project.warehouse.dbt_arguments import dbt_environment
from tests.warehouse.dbt_process import run_dbt


@dataclass(frozen=True)
class Home:
    """A folder that holds a lake and a warehouse of one chain."""

    settings: Settings

    @classmethod
    def of_files(
        cls,
        folder: Path,
        files: Path,
        chain: Chain,
        min_confirmations: int = 6,
        proof: ProofMode = ProofMode.REQUIRED,
    ) -> "Home":
        """A home whose source is a folder of bitcoin-etl exports."""
        return cls(
            Settings(
                home=folder,
                chain=chain,
                source=Source.FILES,
                files=files,
                min_confirmations=min_confirmations,
                proof=proof,
            )
        )

    def extract(self) -> list[date]:
        """Write the raw days of all complete days, and the hour after them, and return these days."""
        source = open_source(self.settings)
        first, last = source.first_day(), source.last_complete_day()
        assert last is not None
        days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
        assert [manifest.day for manifest in update_lake(self.settings, source, days).written] == days
        return days

    def label(self, path: Path) -> None:
        """Put the labels of a file, or folder, into the lake."""
        parameters = load_parameters(self.settings.resolved_chain)
        exchanges = Exchanges()
        found = load_labels(label_files(path), lambda address: address_problem(address, parameters), exchanges)
        write_labels(self.settings.lake, found.labels, exchanges)

    def price(self, folder: Path) -> None:
        """Put the prices of a folder into the lake."""
        write_prices(self.settings.lake, read_folder(folder, read_assets()).prices)

    def dbt(
        self,
        *arguments: str,
        first: date | None = None,
        last: date | None = None,
        cut_off: bool = False,
        **variables: str | bool,
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt on a range of days, by default on all days in the lake, and return how it went.

        ``cut_off`` tells it that the run before was killed.
        """
        self.settings.temp.mkdir(parents=True, exist_ok=True)
        bounds = {"SATLEDGER_START_DAY": first, "SATLEDGER_END_DAY": last}
        window = {name: day.isoformat() for name, day in bounds.items() if day}
        folders = ["--target-path", str(self.settings.home / "target"), "--log-path", str(self.settings.home / "logs")]
        return run_dbt(
            ["--quiet", *arguments, "--vars", json.dumps(variables), *folders],
            dbt_environment(self.settings)
            | window
            | {"SATLEDGER_CUT_OFF": "1" if cut_off else ""}
            | {"PATH": "/usr/bin:/bin", "JAVA_HOME": os.environ.get("JAVA_HOME", "")},
            self.settings,
        )

    def build(self, first: date | None = None, last: date | None = None, select: str = "", **variables: str) -> None:
        """Build the models for a range of days, by default for all days in the lake; any failure fails the test."""
        chosen = ["--exclude-resource-type", "unit_test", *(["--select", select] if select else [])]
        done = self.dbt("build", *chosen, first=first, last=last, cut_off=False, **variables)
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the warehouse read-only."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            yield connection

    def contents(self) -> dict[str, str]:
        """A digest of the ordered rows of every table."""
        with self.reading() as connection:
            tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            return {table: self._digest(connection, table) for table in sorted(tables)}

    @staticmethod
    def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> str:
        query = "select sha256(coalesce(string_agg(row_text, '\n' order by row_text), '')) from ({})"
        row = connection.execute(query.format(f"select cast({table} as varchar) as row_text from {table}")).fetchone()
        assert row is not None
        return row[0]
