"""What was proven of raw days, and what was not, over many days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster_project.chain.manifest import Manifest
from dagster_project.days import span
from dagster_project.lake.proof_words import NOBODY_MINED, USUAL


@dataclass(frozen=True)
class Unproven:
    """Something that was not proven of some days.

    Attributes:
        what: it, in the words of manifests.
        why: the reason.
        days: on which, in order.
    """

    what: str
    why: str
    days: Sequence[date]

    def __str__(self) -> str:
        """One line."""
        number = "1 day" if len(self.days) == 1 else f"{len(self.days):,} days"
        return f"not proven of {number} ({span(self.days)}): {self.what}, for {self.why}"


def proven_of_all(manifests: Sequence[Manifest]) -> list[str]:
    """What was proven of all blocks of some days, in the words of manifests; days without blocks do not count."""
    proofs = [manifest.proof.checked for manifest in manifests if manifest.blocks]
    return [what for what in proofs[0] if all(what in checked for checked in proofs)] if proofs else []


def unproven(manifests: Sequence[Manifest]) -> list[Unproven]:
    """What was not proven of some days, given in order, in the order in which it first occurs."""
    found: dict[tuple[str, str], list[date]] = {}
    for manifest in manifests:
        for part in manifest.proof.unproven.items() if manifest.blocks else ():
            found.setdefault(part, []).append(manifest.day)
    return [Unproven(what, why, days) for (what, why), days in found.items()]


def unusual(manifests: Sequence[Manifest]) -> list[Unproven]:
    """Of what was not proven of some days, that which others of any chain and source do not lack."""
    return [each for each in unproven(manifests) if each.what in USUAL and each.why != NOBODY_MINED]
