"""The lab of the trials: one home, restored before each trial, and the state that the next run has to reach."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.homes import contents, outside, satledger
from bench.sample_inputs import write_inputs
from dagster_project.publish.state import RECORDS
from dagster_project.sample.generate import SampleChain
from dagster_project.settings import PROJECT_ROOT
from tests.warm import programs
from tests.warm.client import FOLDER

BASE_DAY, LAST_DAY = "2022-01-06", "2022-01-08"
HEADER_LINES = 60
# The longest undisturbed build took a minute on a busy machine.
TIMEOUT = 900
PROGRAM = "from dagster_project.cli import main; main()"

Prints = dict[str, str]


class TrialError(Exception):
    """A result that a user must never see; the message says what."""


@dataclass(frozen=True)
class Done:
    """A finished command.

    Attributes:
        code: its exit code; if negative, the signal that ended it.
        told: what it wrote to its error output.
    """

    code: int
    told: str

    @property
    def sentence(self) -> str:
        """The sentence of a refusal, without the program's name; empty if it did not refuse."""
        found = [line for line in self.told.splitlines() if line.startswith("satledger: ")]
        return found[-1].removeprefix("satledger: ") if self.code > 0 and found else ""

    def check(self) -> None:
        """Check that the command ended in success, by a signal, or with one sentence.

        Raises:
            TrialError: it ended in another way.
        """
        if "Traceback" in self.told:
            raise TrialError(f"a stack trace: {' '.join(self.told.split())[-400:]}")
        if self.code > 0 and not self.sentence:
            raise TrialError(f"exit code {self.code} without a sentence: {' '.join(self.told.split())[-300:]}")


@dataclass
class Lab:
    """A folder with a built home of the sample chain, and copies of it for the trials.

    Attributes:
        folder: the folder of all its files.
        seconds: seconds of an undisturbed build of the last days.
    """

    folder: Path
    seconds: float = 0.0
    _expected: dict[str, Prints] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.inputs = self.folder / "inputs"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of every command, but for the home."""
        return {
            "SATLEDGER_CHAIN": "sample",
            "SATLEDGER_SOURCE": "sample",
            "SATLEDGER_LABELS": str(self.inputs / "labels.csv"),
            "SATLEDGER_PRICES": str(self.inputs / "prices"),
            "SATLEDGER_HEADERS": str(self.inputs / "ltc.csv"),
            "COLUMNS": "200",
        }

    def prepare(self) -> None:
        """Create the inputs and the home that trials start from, and build it undisturbed; this is done once."""
        warm = self.folder / "warm"
        shutil.rmtree(warm, ignore_errors=True)
        warm.mkdir()
        (warm / "owner.pid").write_text(str(os.getpid()), encoding="ascii")
        os.environ[FOLDER] = str(warm)
        if not (self.folder / "base").is_dir():
            self._make_inputs()
            shutil.rmtree(self.home, ignore_errors=True)
            self._succeed("build", "--to", BASE_DAY)
            self.home.rename(self.folder / "base")
        self.expected("plain")

    def fresh(self) -> Path:
        """Restore the home and the inputs to their state before all trials."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.folder / "base", self.home, symlinks=True)
        self.write_labels(changed=False)
        return self.home

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command on the home; by default a build up to the last day."""
        return satledger(self.home, *(arguments or ("build", "--to", LAST_DAY)), **(self.settings | settings))

    def start_in(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a shell command; it gets the build's command as its arguments."""
        return subprocess.Popen(
            [*command, "sh", sys.executable, "-c", PROGRAM, "build", "--to", LAST_DAY],
            cwd=PROJECT_ROOT,
            env=outside() | {"SATLEDGER_HOME": str(self.home)} | self.settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, **settings: str) -> Done:
        """Run a command to its end, in a process with its modules already loaded: that saves a third of the time."""
        if "LD_PRELOAD" in settings:
            return ended(self.start(*arguments, **settings))
        variables = outside() | {"SATLEDGER_HOME": str(self.home)} | self.settings | settings
        done = programs.satledger(arguments or ("build", "--to", LAST_DAY), variables, timeout=TIMEOUT)
        return Done(done.returncode, done.stderr)

    def write_labels(self, *, changed: bool) -> None:
        """Write the labels: all, or all except the last few."""
        lines = (self.inputs / "all-labels").read_text(encoding="utf-8").splitlines(keepends=True)
        aside = self.inputs / "labels.aside"
        aside.write_text("".join(lines[:-5] if changed else lines), encoding="utf-8")
        if (
            not (self.inputs / "labels.csv").is_file()
            or (self.inputs / "labels.csv").read_bytes() != aside.read_bytes()
        ):
            aside.replace(self.inputs / "labels.csv")

    def expected(self, name: str, *, changed_labels: bool = False, **settings: str) -> Prints:
        """The digests after an undisturbed build; computed once for each name, and kept beside the home."""
        if name not in self._expected:
            path = self.folder / f"expected-{name}.json"
            if not path.is_file():
                self.fresh()
                self.write_labels(changed=changed_labels)
                began = time.monotonic()
                self._succeed("build", "--to", LAST_DAY, **settings)
                found = {"seconds": time.monotonic() - began, "prints": prints(self.home)}
                path.write_text(json.dumps(found, indent=1), encoding="utf-8")
            kept = json.loads(path.read_text(encoding="utf-8"))
            self._expected[name] = kept["prints"]
            if name == "plain":
                self.seconds = kept["seconds"]
        return self._expected[name]

    def published_stands(self) -> None:
        """Check that readers get what was published before, or what the build publishes.

        Raises:
            TrialError: they get something else, or nothing.
        """
        found = published_prints(self.home)
        path = self.folder / "expected-base.json"
        if not path.is_file():
            path.write_text(json.dumps(_published(self.folder / "base")), encoding="utf-8")
        allowed = [json.loads(path.read_text(encoding="utf-8"))]
        allowed += [
            {name: value for name, value in each.items() if name.startswith("published.")}
            for each in self._expected.values()
        ]
        if found not in allowed:
            raise TrialError("what readers see after it is neither the old state nor the new one")

    def _make_inputs(self) -> None:
        given = write_inputs(self.inputs / "made", SampleChain())
        shutil.copy(given.labels, self.inputs / "all-labels")
        shutil.copytree(given.prices, self.inputs / "prices", dirs_exist_ok=True)
        lines = (given.headers / "ltc.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (self.inputs / "ltc.csv").write_text("".join(lines[:HEADER_LINES]), encoding="utf-8")
        self.write_labels(changed=False)

    def _succeed(self, *arguments: str, **settings: str) -> None:
        done = self.run(*arguments, **settings)
        if done.code:
            raise RuntimeError(f"An undisturbed command failed: {done.told}")


def ended(process: subprocess.Popen[bytes], timeout: float = TIMEOUT) -> Done:
    """Wait for a command.

    Raises:
        TrialError: it does not end.
    """
    try:
        _, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        raise TrialError(f"it did not end within {timeout:g} seconds") from None
    return Done(process.returncode, errors.decode(errors="replace"))


def prints(home: Path) -> Prints:
    """Digests of all results of a build: rows of all tables, names of published files, bytes of raw days."""
    found = published_prints(home)
    found |= {f"warehouse.{name}": digest for name, digest in contents(home / "warehouse.duckdb").items()}
    tables = home / "published" / "tables"
    names = sorted(str(path.relative_to(tables)) for path in tables.glob("*/*.parquet") if _is_named(home, path))
    found["published files"] = hashlib.sha256("\n".join(names).encode()).hexdigest()
    for path in sorted((home / "lake" / "raw").rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(home).parts):
            found[str(path.relative_to(home))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def published_prints(home: Path) -> Prints:
    """Digests of the rows of all public tables.

    Raises:
        TrialError: the published copy cannot be read.
    """
    try:
        return _published(home)
    except Exception as error:
        raise TrialError(f"the published copy cannot be read: {' '.join(str(error).split())[:300]}") from error


def differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Names of the digests that differ between two sets."""
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def _published(home: Path) -> Prints:
    return {f"published.{name}": digest for name, digest in contents(home / "published" / "satledger.duckdb").items()}


def _is_named(home: Path, path: Path) -> bool:
    """Whether the published state names a file of what is built; one that it does not is removed by a later build.

    What records tell, such as when a value was replaced, is another time in each build.
    """
    if path.parent.name in RECORDS:
        return False
    text = (home / "published" / "files.json").read_text(encoding="utf-8")
    return path.name in text
