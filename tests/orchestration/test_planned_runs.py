"""The schedule and the sensor do exactly what the command line does, also where labels, prices or headers changed."""

import csv
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chain.lake import write_lines
from tests.cli.command import environment, satledger, tables
from tests.orchestration.tick import SCHEDULE, SENSOR
from tests.reference.chains import ChainOptions, RandomChain, build_chain
from tests.reference.exports import write_labels, write_prices
from tests.warm.client import run

OPTIONS = ChainOptions(seed=4, blocks=40, days=9, labels=4, payments=3, duplicates=False, min_confirmations=0)
# Rows of the other chain's headers, and some more that come later; they begin days before the ledger's.
FEW, MORE = 25, 59
LATER = 749 * 86_400


@dataclass(frozen=True)
class Place:
    """The files of the user's, and a home that the command line builds beside one that Dagster builds."""

    folder: Path
    chain: RandomChain
    headers: list[str]

    def environment(self, home: str) -> Mapping[str, str]:
        values = {
            "HOME": self.folder / home,
            "CHAIN": "regtest",
            "SOURCE": "files",
            "FILES": self.folder / "export",
            "LABELS": self.folder / "labels.csv",
            "PRICES": self.folder / "prices",
            "HEADERS": self.folder / "headers",
            "MIN_CONFIRMATIONS": "0",
        }
        return {f"SATLEDGER_{name}": str(value) for name, value in values.items()}

    def write(self, blocks: int, headers: int = FEW) -> None:
        """Write all files, of the chain's first blocks."""
        self.write_blocks(blocks)
        write_labels(self.chain, self.folder / "labels.csv")
        write_prices(self.chain, self.folder / "prices")
        (self.folder / "headers").mkdir(exist_ok=True)
        (self.folder / "headers" / "ltc.csv").write_text("".join(self.headers[:headers]), encoding="utf-8")

    def write_blocks(self, blocks: int) -> None:
        """Write an export of the chain's first blocks."""
        write_lines(self.folder / "export" / "blocks.json", self.chain.blocks[:blocks])
        rows = [row for row in self.chain.transactions if row["block_number"] < blocks]
        write_lines(self.folder / "export" / "transactions.json", rows)

    def build(self, home: str = "command") -> None:
        done = satledger(self.folder / home, "build", **self.environment(home))
        assert done.returncode == 0, done.stderr

    def plan(self, home: str = "dagster") -> str:
        done = satledger(self.folder / home, "status", "--plan", **self.environment(home))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tick(self, name: str) -> list[dict]:
        """What the schedule or the sensor asked for, run by run, and at last why it asks for no more."""
        done = run(
            "tests.orchestration.tick:command_line",
            ["tick", name],
            environment(**self.environment("dagster")),
            None,
            600,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def tables(self, home: str) -> dict[str, list[tuple[object, ...]]]:
        return tables(self.folder / home / "published" / "satledger.duckdb")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, few_headers: Path) -> Place:
    folder = tmp_path_factory.mktemp("place")
    with few_headers.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [",".join(rows[0])]
    for row in rows:
        times = {name: str(int(row[name]) + LATER) for name in ("time", "median_time")}
        lines.append(",".join((row | times).values()))
    place = Place(folder, build_chain(OPTIONS), [f"{line}\n" for line in lines])
    place.write(len(place.chain.blocks) - 12)
    place.build()
    shutil.copytree(folder / "command", folder / "dagster")
    return place


def change_labels(place: Place) -> None:
    """Takes the last label away, so that each call is a change, whichever tests ran before."""
    path = place.folder / "labels.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))


def change_price(place: Place) -> None:
    path = place.folder / "prices" / "btc.csv"
    lines = path.read_text().splitlines()
    day = lines[3].split(",")[0]
    path.write_text("\n".join([*lines[:3], f"{day},12345.5", *lines[4:]]) + "\n")


def add_headers(place: Place) -> None:
    (place.folder / "headers" / "ltc.csv").write_text("".join(place.headers[:MORE]))


def add_a_day(place: Place) -> None:
    place.write_blocks(len(place.chain.blocks))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        # A table that the change is seen in, and the change.
        pytest.param(
            SCHEDULE,
            {"exchange_addresses": change_labels, "metrics_daily": add_headers},
            marks=pytest.mark.long,
        ),
        (SENSOR, {"exchange_addresses": change_labels, "metrics_daily": change_price, "built_days": add_a_day}),
    ],
)
def test_what_dagster_starts_by_itself_is_what_the_command_line_does(
    place: Place, name: str, changes: Mapping[str, Callable[[Place], None]]
) -> None:
    before = place.tables("command")
    for change in changes.values():
        change(place)
    assert "all complete days are built" not in place.plan()
    *runs, last = place.tick(name)
    assert last == {"skipped": "all complete days are built"}
    assert [run["success"] for run in runs] == [True]
    place.build()
    after = place.tables("command")
    assert [table for table in changes if before[table] == after[table]] == []
    assert place.tables("dagster") == after


def test_a_run_that_failed_of_a_bad_file_is_asked_for_again_once_that_is_mended(place: Place) -> None:
    before = place.tables("dagster")
    path = place.folder / "labels.csv"
    good = path.read_text()
    path.write_text(good + "no address,BNB,hot,mine,2024-01-01,certain\n")
    (failed, again), (same,) = place.tick(SENSOR), place.tick(SENSOR)[:1]
    assert failed["success"] is False
    assert again == {"skipped": "seen before"}
    assert same["key"] == failed["key"]
    assert place.tables("dagster") == before
    path.write_text(good)
    os.utime(path, ns=(0, 0))
    *runs, _ = place.tick(SENSOR)
    assert [run["success"] for run in runs] == [True]
    assert runs[0]["key"] != failed["key"]
    assert place.tables("dagster") == before
    assert place.plan().startswith("Nothing: all complete days are built")
