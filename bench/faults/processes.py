"""Builds that are killed, stopped, started twice, read from while they run, or given a wrong time."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import duckdb

from bench.faults.lab import Done, Lab, TrialError, ended
from bench.faults.trial import Outcome, Result, recovered
from dagster_project.publish.state import reading_published

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
SHIFTS = ("-400d", "-1d", "-1h", "+1d", "+400d", "+0 x100")


def interrupted(lab: Lab, drawn: Random, act: "Act") -> tuple[Done, float]:
    """Start a build in a fresh home and act on it at a random moment; returns how it ended, and the moment.

    If the build ends before that moment, it is repeated with an earlier one.
    """
    share = drawn.random()
    while True:
        lab.fresh()
        build = lab.start()
        moment = share * lab.seconds
        try:
            build.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            act(build)
            return ended(build), moment
        ended(build)
        share *= 0.7


class Act:
    """Signals to a build, or to it and its child processes."""

    def __init__(self, *signals: int, group: bool, pause: float = 0.0) -> None:
        self.signals = signals
        self.group = group
        self.pause = pause

    def __call__(self, build: subprocess.Popen[bytes]) -> None:
        """Send the signals."""
        for number, each in enumerate(self.signals):
            time.sleep(self.pause if number else 0)
            with suppress(ProcessLookupError):
                (os.killpg if self.group else os.kill)(build.pid, each)


def _signalled(lab: Lab, drawn: Random, name: str, act: Act) -> Result:
    done, moment = interrupted(lab, drawn, act)
    done.check()
    # What it started ends itself within a moment.
    time.sleep(1)
    lab.published_stands()
    return recovered(lab, f"{name} after {moment:.1f} of {lab.seconds:.1f} s", told=done.sentence)


def kill_parent(lab: Lab, drawn: Random) -> Result:
    """The command is killed, its child processes are not."""
    return _signalled(lab, drawn, "kill -9 of the command", Act(signal.SIGKILL, group=False))


def kill_group(lab: Lab, drawn: Random) -> Result:
    """All processes are killed at once, as in a power cut."""
    return _signalled(lab, drawn, "kill -9 of all processes", Act(signal.SIGKILL, group=True))


def kill_dbt(lab: Lab, drawn: Random) -> Result:
    """The process that runs dbt is killed, as when memory runs out."""
    while True:
        lab.fresh()
        build = lab.start()
        wait = drawn.uniform(0, lab.seconds / 2)
        while (child := _dbt_of(build.pid)) is None and build.poll() is None:
            time.sleep(0.05)
        time.sleep(wait)
        if child is not None and _dbt_of(build.pid) == child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            done = ended(build)
            done.check()
            lab.published_stands()
            return recovered(lab, f"kill -9 of dbt, {wait:.1f} s after it began", told=done.sentence)
        ended(build)


def terminate(lab: Lab, drawn: Random) -> Result:
    """The command gets SIGTERM, as systemd sends it."""
    return _signalled(lab, drawn, "SIGTERM", Act(signal.SIGTERM, group=False))


def interrupt_twice(lab: Lab, drawn: Random) -> Result:
    """Ctrl-C twice, by an impatient user; a terminal sends it to all processes."""
    act = Act(signal.SIGINT, signal.SIGINT, group=True, pause=drawn.uniform(0, 2))
    return _signalled(lab, drawn, f"Ctrl-C twice, {act.pause:.1f} s apart,", act)


def two_builds(lab: Lab, drawn: Random) -> Result:
    """Two builds at once: one of them refuses, or finds nothing to do."""
    lab.fresh()
    apart = drawn.uniform(0, lab.seconds)
    first = lab.start()
    time.sleep(apart)
    second = lab.start()
    both = [ended(first), ended(second)]
    for done in both:
        done.check()
    if all(done.code for done in both):
        raise TrialError(f"both refused: {both[0].sentence} {both[1].sentence}")
    told = next((done.sentence for done in both if done.code), "")
    return recovered(lab, f"two builds, {apart:.1f} s apart", told=told)


def reader_of_the_copy(lab: Lab, drawn: Random) -> Result:
    """One reader keeps the published copy open, while others open it again and again."""
    lab.fresh()
    path = lab.home / "published" / "satledger.duckdb"
    query = "select count(*), max(time) from metrics_daily"
    seen: set[object] = set()
    with reading_published(path) as held:
        before = held.execute(query).fetchall()
        build = lab.start()
        while build.poll() is None:
            with reading_published(path) as opened:
                seen.add(opened.execute(query).fetchall()[0])
            time.sleep(drawn.uniform(0, 0.5))
        ended(build).check()
        if held.execute("select count(*) from metrics_daily").fetchall()[0][0] != before[0][0]:
            raise TrialError("what a reader had open changed under it")
    if len(seen) > 2:
        raise TrialError(f"readers saw {len(seen)} states")
    return recovered(lab, f"readers of the published copy, which saw {len(seen)} states")


def reader_of_the_warehouse(lab: Lab, drawn: Random) -> Result:
    """A reader opens the warehouse at a random moment, and keeps it open."""
    del drawn
    lab.fresh()
    with duckdb.connect(lab.home / "warehouse.duckdb", read_only=True):
        done = lab.run()
        done.check()
    lab.published_stands()
    if done.code == 0:
        raise TrialError("it built although a reader had the warehouse open")
    return recovered(lab, "a reader has the warehouse open", told=done.sentence)


def clock(lab: Lab, drawn: Random) -> Result:
    """A build with a wrong clock or another time zone; then one with the right clock."""
    shift = drawn.choice(SHIFTS)
    lab.fresh()
    zone = drawn.choice(("Pacific/Kiritimati", "America/Anchorage", "Asia/Kathmandu"))
    faked = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift} if FAKETIME else {}
    what = f"the clock shifted by {shift}, in {zone}" if FAKETIME else f"the time zone {zone}"
    done = lab.run(TZ=zone, **faked)
    done.check()
    return recovered(lab, what, told=done.sentence)


def clock_jump(lab: Lab, drawn: Random) -> Result:
    """The clock jumps while a build runs."""
    if FAKETIME is None:
        return clock(lab, drawn)
    shift = drawn.choice(SHIFTS[:-1])
    lab.fresh()
    told = lab.folder / "clock"
    told.write_text("+0\n", encoding="ascii")
    faked = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(told), "FAKETIME_CACHE_DURATION": "1"}
    build = lab.start(**faked)
    moment = drawn.uniform(0, lab.seconds)
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=moment)
    told.write_text(f"{shift}\n", encoding="ascii")
    done = ended(build)
    done.check()
    return recovered(lab, f"the clock jumps by {shift} after {moment:.1f} s", told=done.sentence)


def changed_chain(lab: Lab, drawn: Random) -> Result:
    """A build is killed, and the next one is given another chain: it refuses."""
    done, moment = interrupted(lab, drawn, Act(signal.SIGKILL, group=True))
    wrong = lab.run("build", SATLEDGER_CHAIN=drawn.choice(("mainnet", "regtest", "signet")), SATLEDGER_SOURCE="node")
    wrong.check()
    if not wrong.code:
        raise TrialError("it took another chain into the home")
    found = recovered(lab, f"killed after {moment:.1f} s, then told another chain", told=wrong.sentence)
    return Result(found.what, Outcome.EQUAL, wrong.sentence or done.sentence)


def _dbt_of(parent: int) -> int | None:
    """The process of dbt that a build started."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):
            state = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(state[1]) == parent and b"dbt_child" in (folder / "cmdline").read_bytes():
                return int(folder.name)
    return None
