"""A warehouse and its published copy, and ways to damage their files."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.database import unreadable
from dagster_project.days import Days
from dagster_project.publish.copy import publish
from dagster_project.publish.state import reading_published
from tests.serving.copies import make_copy

TABLES = ("metric_catalog", "metrics_daily", "metric_gaps", "blocks", "label_coverage", "built_days")
MODELS = {
    name: {
        "description": "",
        "columns": {},
        "config": {"meta": {}},
    }
    for name in TABLES
}
MODELS["metrics_daily"]["config"] = {
    "meta": {"files": "years", "day_column": "time", "days_ahead": 1, "order_by": "asset, metric, time"}
}
BESIDE = {"satledger.duckdb", "satledger.duckdb.sha256", "files.json", "tables"}
NOW = datetime(2026, 1, 1, 3, 0, 0, tzinfo=UTC)
FALSIFIED = "update metric_catalog set name = 'Another', unit = 'USD' where id = 'BlkCnt'"


Told = list[str]


class Home:
    """A warehouse made by hand, and its published copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "satledger.duckdb"
        make_copy(self.warehouse)
        with duckdb.connect(self.warehouse) as connection:
            connection.execute("create table built_days as select distinct time as day from metrics_daily order by day")
            last = connection.execute("select max(day) from built_days").fetchall()[0][0]
        self.last_day = Days(last, last)

    def publish(self, days: Days | None = None) -> None:
        publish(self.warehouse, self.published, MODELS, days, now=NOW)

    def is_published(self) -> bool:
        """Whether the copy is what the warehouse is, with nothing but its files beside it."""
        beside = {path.name for path in self.published.parent.iterdir() if ".damaged" not in path.name}
        return contents(self.published) == contents(self.warehouse) and beside == BESIDE


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with reading_published(path) as connection:
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in TABLES}


def killed_writer(path: Path, statement: str) -> None:
    """Open a file for writing in another process, change it, and kill that process."""
    code = f"""
import os, signal, duckdb
os.chmod({str(path)!r}, 0o644)
connection = duckdb.connect({str(path)!r})
connection.execute({statement!r})
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert path.with_name(f"{path.name}.wal").is_file()


@contextmanager
def open_for_writing(path: Path) -> Iterator[int]:
    """A process that has a file open for writing; its id."""
    code = f"import os, time, duckdb; os.chmod({str(path)!r}, 0o644); c = duckdb.connect({str(path)!r})"
    code += "; print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.kill()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def other(path: Path) -> None:
    path.write_bytes(b"this is no database")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").write_text("mine")


DAMAGES = (empty, torn, other, folder)
Damage = Callable[[Path], None]


def all_flipped(path: Path, size: int = 262_144) -> None:
    """Make what the tables hold unreadable, and keep the catalogue: in a file this small both may share a block."""
    content = bytearray(path.read_bytes())
    for start in range(3 * 4096, len(content), size):
        changed = bytearray(content)
        changed[start + size // 2] ^= 0x55
        path.write_bytes(changed)
        if unreadable(path) is None and unreadable(path, through=True):
            return
    pytest.fail("no block can be damaged without the file as a whole")
