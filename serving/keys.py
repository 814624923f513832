"""API keys: random, shown once when made, kept as SHA-256 only."""

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from dagster_project.errors import SatledgerError

# The documented limit of a paid Coin Metrics key.
DEFAULT_REQUESTS, DEFAULT_SECONDS = 6_000, 20


@dataclass(frozen=True)
class Caller:
    """Who asks, and what they may.

    Attributes:
        name: of the key; empty for everyone where no keys are asked for.
        sha256: hash of the key, in hex.
        requests: how many requests in ``seconds``; 0 for any number.
        seconds: length of the window that requests are counted in.
        metrics: patterns of the metrics that the caller may see, such as ``Flow*``.
        made: day on which the key was made.
        values: whether the caller may see values, and not the catalogue alone.
    """

    name: str = ""
    sha256: str = ""
    requests: int = 0
    seconds: int = DEFAULT_SECONDS
    metrics: tuple[str, ...] = ("*",)
    made: str = ""
    values: bool = True

    def may_see(self, metric: str) -> bool:
        """Whether the caller has access to a metric."""
        return any(pattern == "*" or fnmatchcase(metric, pattern) for pattern in self.metrics)

    @property
    def sees_all(self) -> bool:
        """Whether the caller has access to the values of all metrics, and so to the tables that they are made of."""
        return self.values and "*" in self.metrics


EVERYONE = Caller()

# Coin Metrics' documented limit without a key.
ANONYMOUS_REQUESTS, ANONYMOUS_SECONDS = 10, 6


def anonymous(address: str) -> Caller:
    """A caller without a key on a server with keys: limited by address, and allowed to read the catalogue only."""
    return Caller(sha256=f"at {address}", requests=ANONYMOUS_REQUESTS, seconds=ANONYMOUS_SECONDS, values=False)


class KeyFile:
    """The keys of a home; a change of the file counts from the next request on."""

    def __init__(self, path: Path) -> None:
        """Read the keys.

        Raises:
            SatledgerError: the file is not one of keys.
        """
        self.path = path
        self._changed: tuple[int, int] | None = None
        self._callers: dict[str, Caller] = {}
        self._refresh()

    def find(self, key: str) -> Caller | None:
        """The holder of a key; None where it is not valid."""
        self._refresh()
        # Looked up by hash, so that the time it takes reveals nothing about the key.
        return self._callers.get(_hash(key))

    def add(self, name: str, requests: int, seconds: int, metrics: tuple[str, ...], today: date) -> str:
        """Make a key, store its hash and return the key, which cannot be recovered later.

        Raises:
            SatledgerError: there is a key of that name.
        """
        self._refresh()
        if any(caller.name == name for caller in self._callers.values()):
            raise SatledgerError(
                f"There is a key named {name} in {self.path}: choose another name, or remove that key."
            )
        # Hexadecimal: a key with a leading hyphen would be read as a command-line option.
        key = secrets.token_hex(24)
        caller = Caller(name, _hash(key), requests, seconds, metrics, today.isoformat())
        self._write([*self._callers.values(), caller])
        return key

    def remove(self, name: str) -> None:
        """Take a key away.

        Raises:
            SatledgerError: there is none of that name.
        """
        self._refresh()
        kept = [caller for caller in self._callers.values() if caller.name != name]
        if len(kept) == len(self._callers):
            raise SatledgerError(f"There is no key named {name} in {self.path}.")
        self._write(kept)

    def _write(self, callers: list[Caller]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(f".{self.path.name}.aside")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"keys": [_entry(caller) for caller in callers]}, file, indent=2)
        aside.replace(self.path)
        self._refresh()

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._changed, self._callers = None, {}
            return
        if self._changed == (found.st_mtime_ns, found.st_ino):
            return
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))["keys"]
            callers = [Caller(**{**entry, "metrics": tuple(entry["metrics"])}) for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise SatledgerError(f"The file of API keys {self.path} cannot be read: {error}.") from error
        self._callers = {caller.sha256: caller for caller in callers}
        self._changed = (found.st_mtime_ns, found.st_ino)


def _entry(caller: Caller) -> dict[str, object]:
    return {name: value for name, value in asdict(caller).items() if name != "values"}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
