"""Trials in which builds are disturbed in many ways: `uv run python -m bench faults --rounds 10`.

A round has one trial of each kind. The trial's number seeds its random choices, so that it can be repeated. The record
is kept in ``bench/results/faults.jsonl``, and a run continues where the last one ended. Results are in
``docs/reliability.md``.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from rich.console import Console

from bench.faults import chains, disks, files, inputs, processes
from bench.faults.lab import Lab, TrialError
from bench.faults.record import Record, Row
from bench.faults.trial import Outcome, Result
from bench.report import RESULTS, Report
from dagster_project.start import keep_bytecode

SEED = 18
KINDS: dict[str, Callable[[Lab, Random], Result]] = {
    "kill the command": processes.kill_parent,
    "kill all processes": processes.kill_group,
    "kill dbt": processes.kill_dbt,
    "SIGTERM": processes.terminate,
    "Ctrl-C twice": processes.interrupt_twice,
    "a full disk": disks.full_disk,
    "a disk that can only be read": disks.read_only,
    "a bit of a file": files.flipped,
    "a torn file": files.torn,
    "a deleted file": files.deleted,
    "two builds at once": processes.two_builds,
    "readers of the copy": processes.reader_of_the_copy,
    "a reader of the warehouse": processes.reader_of_the_warehouse,
    "a false clock": processes.clock,
    "a clock that jumps": processes.clock_jump,
    "another chain": processes.changed_chain,
    "other labels while it runs": inputs.labels_while_it_runs,
    "other labels after a kill": inputs.labels_after_a_kill,
    "another setting after a kill": inputs.setting_after_a_kill,
}
NODE_KINDS: dict[str, Callable[[chains.NodeLab, Random], Result]] = {
    "a reorganisation": chains.reorganised,
    "a reorganisation while it runs": chains.reorganised_while_it_runs,
    "a reorganisation, by the sensor": chains.reorganised_and_seen_by_the_sensor,
    "a node that lies": chains.lying,
    "a node that dies": chains.node_dies,
    "another source after a kill": chains.changed_source,
}
MOUNTED = ("a full disk", "a disk that can only be read")


def run(console: Console, rounds: int, folder: Path) -> Report:
    """Run the trials of some rounds that are not in the record yet, and report the whole record.

    Args:
        console: where each trial is reported.
        rounds: the number of rounds, from the first on.
        folder: the folder that the lab is made in.
    """
    lab = Lab(folder / "faults")
    lab.folder.mkdir(parents=True, exist_ok=True)
    # Else every process compiles all modules anew where the environment says so.
    keep_bytecode()
    record = Record(RESULTS / "faults.jsonl", lab.folder)
    only = os.environ.get("BENCH_FAULTS", "")
    with ExitStack() as stack:
        trials = _trials(lab, stack, rounds, only, record)
        for number, kind, trial in trials:
            row = _one(number, kind, trial)
            record.add(row)
            style = "red" if row.outcome == Outcome.FAILED else None
            console.print(
                f"  {row.number} {row.kind}: {row.what} [{row.outcome}] {row.told}", style=style, markup=False
            )
    return record.report(SEED)


def _trials(
    lab: Lab, stack: ExitStack, rounds: int, only: str, record: Record
) -> Iterator[tuple[int, str, Callable[[Random], Result]]]:
    """Yield the trials to run: their number, kind, and what runs it with what is drawn for the number."""
    names = [*KINDS, *NODE_KINDS]
    mounts = disks.can_mount()
    prepared = False
    of_node: chains.NodeLab | None = None
    asked_for_node = False
    for number in range(rounds * len(names)):
        kind = names[number % len(names)]
        if number in record or only not in kind or (kind in MOUNTED and not mounts):
            continue
        if kind in KINDS:
            if not prepared:
                lab.prepare()
                prepared = True
            yield number, kind, lambda drawn, kind=kind: KINDS[kind](lab, drawn)
            continue
        if not asked_for_node:
            of_node, asked_for_node = stack.enter_context(chains.node_lab(lab)), True
        if of_node is not None:
            yield number, kind, lambda drawn, kind=kind, found=of_node: NODE_KINDS[kind](found, drawn)


def _one(number: int, kind: str, trial: Callable[[Random], Result]) -> Row:
    began = time.monotonic()
    try:
        found = trial(Random(SEED * 1_000_000 + number))
    except TrialError as error:
        found = Result("", Outcome.FAILED, str(error))
    return Row(number, kind, found.what, found.outcome, found.told, round(time.monotonic() - began, 1))
