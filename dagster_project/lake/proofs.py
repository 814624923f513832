"""What was proven of raw days, and what was not, over many days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dagster_project.days import span
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.proof_words import NOBODY_MINED, USUAL


@dataclass(frozen=True)
class Unproven:
    """Parts of the proof that some days lack for the same reason.

    Attributes:
        parts: their names, as in the manifests.
        why: the reason.
        days: which days, in order.
    """

    parts: Sequence[str]
    why: str
    days: Sequence[date]

    def __str__(self) -> str:
        """One line."""
        number = "1 day" if len(self.days) == 1 else f"{len(self.days):,} days"
        return f"not proven of {number} ({span(self.days)}): {', '.join(self.parts)}, for {self.why}"


def proven_of_all(manifests: Sequence[Manifest]) -> list[str]:
    """What was proven of all blocks of some days, named as in the manifests; days without blocks do not count."""
    proofs = [manifest.proof.checked for manifest in manifests if manifest.blocks]
    return [what for what in proofs[0] if all(what in checked for checked in proofs)] if proofs else []


def unproven(manifests: Sequence[Manifest]) -> list[Unproven]:
    """What was not proven of some days, in order of first occurrence; the manifests have to be in order of day."""
    return _unproven(manifests, lambda _part, _why: True)


def unusual(manifests: Sequence[Manifest]) -> list[Unproven]:
    """What was not proven of some days though every source allows it (``USUAL``), except work on an unmined chain."""
    return _unproven(manifests, lambda part, why: part in USUAL and why != NOBODY_MINED)


def unproven_rows(manifests: Sequence[Manifest]) -> set[tuple[date, str, str]]:
    """What was not proven of each day with blocks, as the model `unproven_days` has it: day, part and reason."""
    return {
        (manifest.day, part, why)
        for manifest in manifests
        if manifest.blocks
        for part, why in manifest.proof.unproven.items()
    }


def _unproven(manifests: Sequence[Manifest], counts: Callable[[str, str], bool]) -> list[Unproven]:
    days: dict[tuple[str, str], list[date]] = {}
    for manifest in manifests:
        for part, why in manifest.proof.unproven.items() if manifest.blocks else ():
            if counts(part, why):
                days.setdefault((part, why), []).append(manifest.day)
    together: dict[tuple[str, tuple[date, ...]], list[str]] = {}
    for (part, why), found in days.items():
        together.setdefault((why, tuple(found)), []).append(part)
    return [Unproven(parts, why, found) for (why, found), parts in together.items()]
