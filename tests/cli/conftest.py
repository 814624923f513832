"""A small home that is built once, and the command line as a user runs it."""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

SATLEDGER = Path(sysconfig.get_path("scripts")) / "satledger"
LAST_DAY = "2022-01-12"

Done = subprocess.CompletedProcess[str]
Satledger = Callable[..., Done]


def environment(**settings: str) -> dict[str, str]:
    """An environment with these settings and none of the tester's own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("SATLEDGER_", "DAGSTER_"))}
    return others | settings


def satledger(home: Path, *arguments: str, text: str | None = None, **settings: str) -> Done:
    """Run the command line on a home."""
    return subprocess.run(
        [SATLEDGER, *arguments],
        env=environment(SATLEDGER_HOME=str(home), COLUMNS="200", **settings),
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables of a DuckDB file, ordered."""
    with duckdb.connect(path, read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the first days of the sample chain; not to be written."""
    home = tmp_path_factory.mktemp("built")
    done = satledger(home, "build", "--chain", "sample", "--source", "sample", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy of the built home, to be written."""
    return Path(shutil.copytree(built, tmp_path / "home"))
