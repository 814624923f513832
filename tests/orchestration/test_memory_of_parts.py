"""How much one call of dbt builds, and what happens where memory does not suffice."""

from datetime import date
from pathlib import Path

import pytest

from dagster_project.days import Days
from dagster_project.warehouse.dbt_run import Outcome
from dagster_project.warehouse.memory import in_parts, rows_at_once

JANUARY = Days(date(2023, 1, 1), date(2023, 1, 31))
SIZE = dict.fromkeys(JANUARY, 1_000_000)
NO_MEMORY = "Runtime Error in model outputs\n  Out of Memory Error: failed to pin block of size 256.0 KiB"


def outcome(message: str = "") -> Outcome:
    return Outcome(int(bool(message)), Path("target"), [message] if message else [], [])


def test_a_part_is_as_large_as_memory_allows() -> None:
    limits = {"4GB": 10_000_000, "1.5 TiB": 3_750_000_000, "800mb": 2_000_000, "100MB": 1_000_000}
    assert {limit: rows_at_once(limit) for limit in limits} == limits


def test_where_memory_does_not_suffice_halves_are_built(caplog: pytest.LogCaptureFixture) -> None:
    built: list[str] = []

    def run(days: Days) -> Outcome:
        if len(days) > 6:
            return outcome(NO_MEMORY)
        built.append(str(days))
        return outcome()

    outcomes = list(in_parts(JANUARY, SIZE, 10_000_000, run))
    assert built == [
        "2023-01-01 to 2023-01-05",
        "2023-01-06 to 2023-01-10",
        "2023-01-11 to 2023-01-15",
        "2023-01-16 to 2023-01-20",
        "2023-01-21 to 2023-01-25",
        "2023-01-26 to 2023-01-30",
        "2023-01-31",
    ]
    assert len(outcomes) == len(built) and all(each.succeeded for each in outcomes)
    assert (
        "2023-01-11 to 2023-01-20 needs more memory than SATLEDGER_MEMORY_LIMIT: it is built in halves" in caplog.text
    )


@pytest.mark.parametrize(
    ("message", "tried"),
    [
        # down to a day, which cannot be halved
        (NO_MEMORY, [10, 5, 2, 1]),
        ("Constraint Error: whatever", [10]),
    ],
)
def test_the_first_part_that_fails_is_the_last(message: str, tried: list[int]) -> None:
    seen: list[int] = []

    def run(days: Days) -> Outcome:
        seen.append(len(days))
        return outcome(message)

    (only,) = in_parts(JANUARY, SIZE, 10_000_000, run)
    assert not only.succeeded and seen == tried


def test_what_is_small_is_not_halved() -> None:
    (only,) = in_parts(JANUARY, dict.fromkeys(JANUARY, 1_000), 10_000_000, lambda _: outcome(NO_MEMORY))
    assert not only.succeeded
