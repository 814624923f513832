"""Exchange labels: dated, sourced facts that an address belongs to an exchange."""

import csv
import re
from dataclasses import dataclass
from datetime import date
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
    """The exchanges there are, and the names they go by."""

    def __init__(self, seed: Path = SEEDS / "exchanges.csv") -> None:
        with seed.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.names = {row["code"]: row["name"] for row in rows}
        self._codes = {
            _key(alias): row["code"] for row in rows for alias in (row["code"], row["name"], *row["aliases"].split())
        }

    def code_of(self, name: str) -> str | None:
        """Return the code of the exchange that goes by exactly this name, letter case and punctuation aside."""
        return self._codes.get(_key(name))

    def code_of_beginning(self, text: str) -> str | None:
        """Return the code of the exchange whose name a text begins with, such as ``OKX reserve wallets``."""
        words = re.split(r"[\s_\-:/,()]+", text.strip())
        beginnings = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        return next((code for beginning in beginnings if (code := self.code_of(beginning))), None)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def parse_day(text: str) -> date | None:
    """Return an ISO date, or nothing where the text is none."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None
