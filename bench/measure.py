"""Timing: what is compared runs in turns, so that other load on the machine affects all of it alike."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console


@dataclass
class Series:
    """Measured times of one candidate.

    Attributes:
        name: its name in the report.
        seconds: one time for each round.
        processor: seconds of processor time of this process and its children, one for each round.
        load: the machine's load average over a minute at the end of each round.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median time in seconds."""
        return median(self.seconds)

    def add(self, watch: "Stopwatch") -> None:
        """Add a time, and the present load."""
        self.seconds.append(watch.seconds)
        self.processor.append(watch.processor)
        self.load.append(os.getloadavg()[0])


@dataclass
class Stopwatch:
    """The seconds that a block took, and the processor time of this process and the children that it waited for.

    Processor time stays comparable while other users load the machine.
    """

    seconds: float = 0.0
    processor: float = 0.0

    def times(self, factor: float) -> "Stopwatch":
        """This time, multiplied by a factor."""
        return Stopwatch(self.seconds * factor, self.processor * factor)


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measure the block; read the result after it."""
    watch = Stopwatch()
    gc.collect()
    # What the benchmark itself has loaded must not slow down the peer, which usually has a process of its own.
    gc.freeze()
    begin, used = time.perf_counter(), _processor_time()
    yield watch
    watch.seconds = time.perf_counter() - begin
    watch.processor = _processor_time() - used
    gc.unfreeze()


@contextmanager
def peak_memory(interval: float = 0.2) -> Iterator[list[int]]:
    """Sample the memory of the block's child processes; the list's only item is the peak of one of them in bytes.

    Linux records each process's highest resident memory (VmHWM), so peaks between two samples are not lost. Only a
    process that starts and ends between them is missed.
    """
    peak = [0]

    def look() -> None:
        peak[0] = max(peak[0], *(_highest_resident(pid) for pid in processes_below(os.getpid())), 0)

    with watching(look, interval):
        yield peak


@contextmanager
def watching(look: Callable[[], None], interval: float) -> Iterator[None]:
    """Call a function every ``interval`` seconds while the block runs.

    Raises:
        Exception: what the function raised, after the block. Nothing was seen from then on.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(interval):
            look()

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            done.set()
        # A thread's error would end in the log, where nobody acts on it.
        watching.result()


def folders_of_spills(*folders: Path) -> set[Path]:
    """The folders at any depth below these that hold a file that DuckDB spills into.

    ``os.walk`` passes over folders that vanish meanwhile; before Python 3.13 ``rglob`` fails there.
    """
    walks = (found for folder in folders for found in os.walk(folder))
    return {Path(path) for path, _, names in walks if any(name.startswith("duckdb_temp_") for name in names)}


def processes_below(parent: int) -> list[int]:
    """The running children of a process, and their children in turn."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            direct = [int(pid) for pid in task.read_text(encoding="ascii").split()]
            found += [*direct, *(pid for child in direct for pid in processes_below(child))]
    return found


def _highest_resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024


def _processor_time() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def alternate(runs: Mapping[str, Callable[[], Stopwatch]], rounds: int, console: Console) -> list[Series]:
    """Run each function once in a round, every other round in reverse order, and return the times of each.

    Args:
        runs: by name, functions that do the work and return its time without preparations.
        rounds: the number of rounds.
        console: where progress is shown.
    """
    series = {name: Series(name) for name in runs}
    for number in range(rounds):
        order = list(runs)
        for name in order if number % 2 == 0 else order[::-1]:
            with console.status(f"Round {number + 1} of {rounds}: {name}"):
                series[name].add(runs[name]())
            console.print(f"  {name}: {series[name].seconds[-1]:.2f} s, load {series[name].load[-1]:.1f}")
    return list(series.values())


def ratios(dividend: Series, divisor: Series) -> list[float]:
    """The ratio of each round."""
    return [a / b for a, b in zip(dividend.seconds, divisor.seconds, strict=True)]


def processor_ratios(dividend: Series, divisor: Series) -> list[float]:
    """The ratio of processor times of each round."""
    return [a / b for a, b in zip(dividend.processor, divisor.processor, strict=True)]
