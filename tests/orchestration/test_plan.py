"""What is run, and for which days: pure functions of source, lake, warehouse and inputs."""

from datetime import date, timedelta
from typing import Any

import pytest

from dagster_project.days import Days
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.planning.plan import (
    DAYS_PER_RUN,
    EVERYTHING,
    PUBLISHED,
    RAW_DAYS,
    Reading,
    Step,
    Targets,
    Wanted,
    pending_days,
    plan,
)
from dagster_project.planning.requests import one_run
from dagster_project.planning.state import BuildState
from dagster_project.warehouse.inputs import ALL_DAYS, NEXT_HOUR, Stale
from dagster_project.warehouse.layout import LayoutChange
from dagster_project.warehouse.publication import Unpublished
from dagster_project.warehouse.window import window


def day(number: int) -> date:
    return date(2023, 1, number)


def prints(*numbers: int, changed: int | None = None) -> dict[date, str]:
    return {day(number): "other" if number == changed else f"fingerprint {number}" for number in numbers}


FIRST, LAST = day(1), day(9)
ALL = prints(*range(1, 10))
LABELS = ("exchange_labels", ALL_DAYS)
READ_AND_BUILT = Targets(frozenset({PUBLISHED}), frozenset({"exchange_labels"}))
PUBLICATION = Targets(frozenset({PUBLISHED}))


def state(**values: Any) -> BuildState:  # noqa: ANN401 (values of any field)
    """A home where all is done, but for some values."""
    done = {"held": ALL, "known": ALL, "built": ALL, "published": ALL, "first_day": FIRST, "last_complete": LAST}
    return BuildState(**done | values)


def requested(
    wanted: Wanted = EVERYTHING,
    held: dict[date, str] | None = None,
    built: dict[date, str] | None = None,
    stale: tuple[date, ...] = (),
    last: date | None = LAST,
) -> Days | None:
    return pending_days(
        state(held=held or {}, known=built or {}, built=built or {}, stale=frozenset(stale), last_complete=last), wanted
    )


def test_all_complete_days_are_built_first() -> None:
    assert requested() == Days(FIRST, LAST)


def test_nothing_is_due_when_all_is_built() -> None:
    everything = ALL
    assert requested(held=everything, built=everything) is None


def test_only_missing_days_are_due() -> None:
    assert requested(held=prints(1, 2, 3, 4), built=prints(1, 2, 3)) == Days(day(4), LAST)


def test_a_reorganised_day_is_due_with_all_that_follow_and_are_missing() -> None:
    everything = ALL
    assert requested(held=everything, built=everything, stale=(day(7),)) == Days(day(7), day(7))
    assert requested(held=prints(1, 2, 3), built=prints(1, 2, 3), stale=(day(2),)) == Days(day(2), LAST)


def test_a_raw_day_that_was_replaced_is_due() -> None:
    assert requested(held=prints(*range(1, 10), changed=5), built=prints(*range(1, 10))) == Days(day(5), day(5))


def test_days_that_are_gone_are_reached_through_the_last_complete_one() -> None:
    everything = ALL
    due = requested(held=everything, built=everything, stale=(day(8), day(9)), last=day(7))
    assert due == Days(day(7), day(7))
    assert window(Days(day(7), day(7)), prints(*range(1, 8)), everything, at_genesis=True) == Days(day(7), day(9))


def test_a_given_range_is_built_again_even_when_it_is_built() -> None:
    everything = ALL
    assert requested(Wanted(day(3), day(5)), everything, everything) == Days(day(3), day(5))


def test_only_a_last_day_begins_with_what_is_missing() -> None:
    assert requested(Wanted(None, day(6)), prints(1, 2), prints(1, 2)) == Days(day(3), day(6))


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted(date(2022, 12, 31), None), "2022-12-31 lies before the first day of the chain, 2023-01-01."),
        (Wanted(None, day(10)), "2023-01-10 is not complete yet: the last complete day is 2023-01-09."),
    ],
)
def test_days_outside_of_the_calendar_are_refused(wanted: Wanted, sentence: str) -> None:
    with pytest.raises(IncompleteDayError) as refusal:
        requested(wanted)
    assert str(refusal.value) == sentence


def test_a_source_without_a_complete_day_is_refused() -> None:
    with pytest.raises(IncompleteDayError, match="has no complete day yet"):
        requested(last=None)


def test_a_range_whose_predecessors_are_not_built_is_refused() -> None:
    with pytest.raises(SatledgerError, match=r"2023-01-05 cannot be built .* 2023-01-03 to 2023-01-04 are not built"):
        requested(Wanted(day(5), None), prints(1, 2), prints(1, 2))


def test_the_window_is_what_was_requested_where_nothing_changed() -> None:
    everything = ALL
    assert window(Days(day(3), day(4)), everything, everything, at_genesis=True) == Days(day(3), day(4))


def test_the_window_reaches_from_the_first_change_to_the_last_day_built() -> None:
    days = window(Days(day(8), day(8)), prints(*range(1, 10), changed=4), prints(*range(1, 10)), at_genesis=True)
    assert days == Days(day(4), day(9))


def test_a_window_needs_its_predecessors_built() -> None:
    with pytest.raises(SatledgerError, match="build from 2023-01-02 on"):
        window(Days(day(3), day(4)), prints(1, 2, 3, 4), prints(1), at_genesis=True)


def test_a_window_needs_the_lake_without_a_gap() -> None:
    with pytest.raises(SatledgerError, match="the lake lacks 2023-01-03"):
        window(Days(day(4), day(4)), prints(1, 2, 4), prints(1, 2), at_genesis=True)


def test_a_window_begins_at_genesis_or_after_a_built_day() -> None:
    assert window(Days(day(5), day(6)), prints(5, 6), {}, at_genesis=True) == Days(day(5), day(6))
    with pytest.raises(SatledgerError, match="from the first day of the chain on"):
        window(Days(day(5), day(6)), prints(5, 6), {}, at_genesis=False)


def test_where_all_is_done_nothing_is_planned() -> None:
    assert plan(state()) == []


def test_a_run_of_new_days_does_everything_else_as_well() -> None:
    fewer = prints(*range(1, 8))
    (step,) = plan(
        state(known=fewer, built=fewer, inputs={LABELS: "b"}, built_inputs={LABELS: "a"}, unread={"prices": "why"})
    )
    assert (step.targets, step.days) == (Targets(everything=True), Days(day(8), day(9)))
    assert step.reason == "not built"
    assert step.stale == (Stale("exchange_labels", Days(day(1), day(7))),)
    assert one_run([step]) == (Targets(everything=True), Days(day(8), day(9)))


def test_the_reason_tells_days_that_are_missing_from_those_that_were_replaced() -> None:
    (step,) = plan(state(known=prints(*range(1, 9)), built=prints(*range(1, 8)), stale=frozenset({day(5)})))
    assert step.days == Days(day(5), day(9))
    assert step.reason == (
        "2023-01-09 not built; 2023-01-08 begun, and not built to the end; 2023-01-05 replaced or damaged"
    )


def test_many_days_are_built_in_several_runs() -> None:
    last = FIRST + timedelta(2 * DAYS_PER_RUN)
    steps = plan(state(held={}, known={}, built={}, published={}, last_complete=last))
    assert len(steps) == 3
    assert (steps[0].days or Days(last, last)).first == FIRST
    assert (steps[-1].days or Days(FIRST, FIRST)).last == last


def test_a_changed_input_has_its_readers_built_and_published() -> None:
    steps = plan(state(inputs={LABELS: "b"}, built_inputs={LABELS: "a"}))
    assert steps == [Step(READ_AND_BUILT, Days(FIRST, LAST), "exchange_labels changed")]
    assert one_run(steps) == (READ_AND_BUILT, Days(FIRST, LAST))


def test_changed_files_are_read_and_what_they_may_change_is_part_of_the_same_run() -> None:
    steps = plan(state(unread={"exchange_labels": "its files changed"}))
    assert [str(step.targets) for step in steps] == [
        "exchange_labels",
        "what is built from exchange_labels, published_copy",
    ]
    assert [step.on_change for step in steps] == [None, "exchange_labels"]
    targets, days = one_run(steps)
    assert targets == READ_AND_BUILT | Targets(frozenset({"exchange_labels"}))
    # The models find by themselves on which days the labels changed.
    assert days == Days(LAST, LAST)


def test_the_hour_after_the_last_day_is_read_once_nothing_else_is_due() -> None:
    (step,) = plan(state(hour_due=True))
    assert step.targets == Targets(frozenset({RAW_DAYS, PUBLISHED}), frozenset({NEXT_HOUR}))
    assert step.days == Days(LAST, LAST)
    earlier = prints(*range(1, 9))
    (step,) = plan(state(held=earlier, known=earlier, built=earlier, hour_due=True))
    assert step.targets.everything


def test_services_are_asked_by_the_schedule_and_the_command_line_reads_everything() -> None:
    now = state(services=frozenset({"prices"}))
    assert plan(now) == []
    assert plan(now, Wanted(reading=Reading.SERVICES))[0].targets == Targets(frozenset({"prices"}))
    everything = Targets(frozenset({"exchange_labels", "prices", "block_headers"}))
    assert plan(now, Wanted(reading=Reading.ALL))[0].targets == everything


def test_what_is_built_and_not_published_is_published() -> None:
    days = Days(FIRST, LAST)
    for values, reason in (
        ({"unpublished": Unpublished.BUILT}, "a build ended and was not published"),
        ({"published": prints(1, 2)}, "the published copy has other days than are built"),
        ({"copy_changed": True}, "the published copy was changed or moved by another program"),
    ):
        assert plan(state(**values)) == [Step(PUBLICATION, days, reason)]


def test_a_build_that_was_cut_off_is_not_published() -> None:
    rest = Wanted(raw_days=False)
    assert plan(state(known=prints(1, 2), built=prints(1, 2), unpublished=Unpublished.BUILDING), rest) == []
    (step,) = plan(state(unpublished=Unpublished.BUILDING), rest)
    assert step.targets == PUBLICATION


def test_a_run_has_no_more_days_than_dagster_can_record() -> None:
    many = {FIRST + timedelta(number): "a" for number in range(2 * DAYS_PER_RUN)}
    (step,) = plan(
        state(
            held=many,
            known=many,
            built=many,
            published=many,
            last_complete=max(many),
            inputs={LABELS: "b"},
            built_inputs={LABELS: "a"},
        )
    )
    assert step.days == Days(FIRST, max(many))
    assert len(step.partitions or []) == DAYS_PER_RUN


def test_what_is_proven_of_equal_days_is_published() -> None:
    (step,) = plan(state(proof_changed=True))
    assert step.targets == PUBLICATION
    assert "other parts of them are proven" in step.reason


def test_what_another_version_built_is_built_for_all_days() -> None:
    changes = (
        LayoutChange("ledger_days", "has the new column paid_fees"),
        LayoutChange("accounts", "is made anew", False),
    )
    (step,) = plan(state(changed_models=changes))
    assert step.targets == Targets(frozenset({PUBLISHED, "ledger_days", "accounts"}))
    assert step.days == Days(FIRST, LAST)
    assert step.reason == "another version of satledger built the warehouse: ledger_days has the new column paid_fees"
    # A run of all assets takes it over by itself.
    (step,) = plan(state(changed_models=changes, last_complete=day(10)))
    assert step.targets.everything
