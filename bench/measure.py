"""Timing: the things compared take turns, so that what else the machine does falls on all of them alike."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console


@dataclass
class Series:
    """Measured times of one thing.

    Attributes:
        name: what was measured.
        seconds: one time a round.
        processor: seconds of processor time of this process and of those it started, one a round.
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
        """Note a time, and the load now."""
        self.seconds.append(watch.seconds)
        self.processor.append(watch.processor)
        self.load.append(os.getloadavg()[0])


@dataclass
class Stopwatch:
    """The seconds that a block took, and the processor time of this process and of those it started and awaited.

    Processor time is what remains comparable while others use the machine.
    """

    seconds: float = 0.0
    processor: float = 0.0

    def times(self, factor: float) -> "Stopwatch":
        """A part of this time, or what several of it are."""
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
    """Look again and again at the processes that the block starts; the list's one item is the most bytes of any one.

    Linux keeps each process's highest resident memory itself (VmHWM), so what falls between two looks is not lost,
    but for a process that starts and ends between them.
    """
    peak = [0]

    def look() -> None:
        peak[0] = max(peak[0], *(_highest_resident(pid) for pid in processes_below(os.getpid())), 0)

    with watching(look, interval):
        yield peak


@contextmanager
def watching(look: Callable[[], None], interval: float) -> Iterator[None]:
    """Look again and again, each time after an interval in seconds, as long as the block runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(interval):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def processes_below(parent: int) -> list[int]:
    """The processes that a process started and has not awaited yet, and theirs."""
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
    """Run each thing once a round, every other round in reverse order, and return the times of each.

    Args:
        runs: by name, functions that do the work and return how long it took, preparations left out.
        rounds: how often.
        console: tells how far it is.
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
