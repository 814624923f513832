"""Exchange labels: claims that an address belongs to an exchange, each with its date and source."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from dagster_project.settings import SEEDS

UNKNOWN_ROLE = "unknown"
UNSTATED = "unstated"


@dataclass(frozen=True)
class Label:
    """One label, with the file and line that it was read from."""

    address: str
    exchange_code: str
    role: str
    source: str
    as_of: date
    confidence: str
    file: Path
    line: int


class Exchanges:
    """The known exchanges, and their names and aliases."""

    def __init__(self, seed: Path = SEEDS / "exchanges.csv") -> None:
        with seed.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.names = {row["code"]: row["name"] for row in rows}
        self._codes = {_key(alias): row["code"] for row in rows for alias in (row["name"], *row["aliases"].split())}

    def code_of(self, name: str) -> str | None:
        """Return the code of the exchange with exactly this name or alias, ignoring letter case and punctuation.

        Codes do not count as names: the actor ``bnb`` is a chain, and a label BIT is not about Bybit.
        """
        return self._codes.get(_key(name))

    def code_of_any(self, text: str) -> str | None:
        """Return the code of the exchange with exactly this code or name, ignoring letter case."""
        return text.upper() if text.upper() in self.names else self.code_of(text)

    def code_of_beginning(self, text: str) -> str | None:
        """Return the code of the exchange whose name a text begins with, such as ``OKX reserve wallets``."""
        words = re.split(r"[\s_\-:/,()]+", text.strip())
        beginnings = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        return next((code for beginning in beginnings if (code := self.code_of(beginning))), None)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def parse_day(text: str) -> date | None:
    """Return the UTC day of an ISO date or timestamp; None if the text is neither.

    A timestamp without an offset is read as UTC.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?", text, re.ASCII):
        return None
    try:
        return day_of(datetime.fromisoformat(text.removesuffix("UTC").rstrip()))
    except ValueError:
        return None


def day_of(instant: datetime) -> date:
    """Return the UTC day of a timestamp; one without an offset is read as UTC."""
    return (instant if instant.tzinfo is None else instant.astimezone(UTC)).date()
