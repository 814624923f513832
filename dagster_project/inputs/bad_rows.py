"""Bad rows of a user's input files, collected so that all of them can be refused at once."""

from dataclasses import dataclass, field
from pathlib import Path

from dagster_project.errors import SatledgerError

SHOWN = 1000


@dataclass
class BadRows:
    """The rows of some input, such as ``exchange labels``, that cannot be taken."""

    what: str
    found: list[str] = field(default_factory=list)

    def add(self, file: Path, line: int, reason: str) -> None:
        """Record a bad row by its file and line (the first line is 1)."""
        self.found.append(f"{file}, line {line}: {reason}")

    def refuse(self) -> None:
        """Refuse the input if it has bad rows.

        Raises:
            SatledgerError: with every bad row, in the order found.
        """
        if not self.found:
            return
        shown = self.found[:SHOWN]
        if len(self.found) > SHOWN:
            shown.append(f"and {len(self.found) - SHOWN} more")
        count = f"{len(self.found)} bad row{'s' if len(self.found) > 1 else ''}"
        raise SatledgerError(
            f"The {self.what} have {count}, so nothing was imported; correct them:\n" + "\n".join(shown)
        )
