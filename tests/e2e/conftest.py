"""The satledger command on homes of real chains."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.publish.state import RECORDS
from tests.cli.command import satledger


@dataclass(frozen=True)
class Installation:
    """The command line with a home of its own."""

    home: Path

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command, with further settings in its environment, and return how it went."""
        return satledger(self.home, *arguments, **settings)

    def build(self, *arguments: str, **settings: str) -> str:
        """Build, and return what was said; a failure fails the test."""
        done = self.run("build", *arguments, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query on the published copy."""
        with duckdb.connect(str(self.home / "published" / "satledger.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def contents(self, *leave_out: str) -> dict[str, str]:
        """A digest of the ordered rows of every public table."""
        lines = "select cast({0} as varchar) as line from {0}"
        digest = f"select sha256(string_agg(line, '\n' order by line)) from ({lines})"
        tables = {name for (name,) in self.query("show tables")} - RECORDS - set(leave_out)
        return {table: self.query(digest.format(table))[0][0] for table in sorted(tables)}
