"""What a changed label, price or header makes stale."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.headers.store import HeaderStore
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse import inputs
from tests.headers.made_up import days_of

JANUARY = [date(2023, 1, number) for number in range(1, 11)]
LABELS: tuple[str, str] = ("exchange_labels", inputs.ALL_DAYS)


def current_inputs(home: Path, last: date, min_labels: int) -> inputs.Recorded:
    """Fingerprints of what a home's lake holds."""
    return inputs.current_inputs(Settings(home=home, chain=Chain.SAMPLE, min_labels=min_labels), last)


def test_unchanged_inputs_make_nothing_stale() -> None:
    state: dict[tuple[str, str], str] = {LABELS: "a", ("prices", "2023-01-05"): "b"}
    assert inputs.stale_inputs(state, state, JANUARY) == []


def test_changed_labels_make_all_days_stale() -> None:
    assert inputs.stale_inputs({LABELS: "b"}, {LABELS: "a"}, JANUARY) == [
        inputs.Stale("exchange_labels", Days(JANUARY[0], JANUARY[-1]))
    ]


def test_a_revised_price_makes_its_day_and_later_ones_stale() -> None:
    now, before = {("prices", "2023-01-05"): "b"}, {("prices", "2023-01-05"): "a"}
    assert inputs.stale_inputs(now, before, JANUARY) == [inputs.Stale("prices", Days(JANUARY[4], JANUARY[-1]))]


def test_a_price_that_was_taken_back_makes_its_day_stale() -> None:
    stale = inputs.stale_inputs({}, {("prices", "2023-01-10"): "a"}, JANUARY)
    assert stale == [inputs.Stale("prices", Days(JANUARY[-1], JANUARY[-1]))]


def test_what_lies_outside_of_the_days_built_makes_nothing_stale() -> None:
    assert inputs.stale_inputs({("prices", "2024-01-05"): "b"}, {}, JANUARY) == []


def test_what_is_stale_around_a_build_is_cut_at_its_days() -> None:
    labels = inputs.Stale("exchange_labels", Days(JANUARY[0], JANUARY[9]))
    prices = inputs.Stale("prices", Days(JANUARY[8], JANUARY[9]))
    before, after = inputs.around([labels, prices], Days(JANUARY[7], JANUARY[8]))
    assert before == [inputs.Stale("exchange_labels", Days(JANUARY[0], JANUARY[6]))]
    assert after == [
        inputs.Stale("exchange_labels", Days(JANUARY[9], JANUARY[9])),
        inputs.Stale("prices", Days(JANUARY[9], JANUARY[9])),
    ]
    assert inputs.around([prices], Days(JANUARY[0], JANUARY[9])) == ([], [])
    assert inputs.around([prices], Days(JANUARY[0], JANUARY[3])) == ([], [prices])


def test_only_days_that_were_built_are_recorded() -> None:
    keys = {LABELS, ("prices", "2023-01-05"), ("prices", "2023-01-09")}
    assert inputs.rebuilt(keys, JANUARY[8:]) == {LABELS, ("prices", "2023-01-09")}


def test_inputs_are_recorded_until_they_are_invalidated(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    state: dict[tuple[str, str], str] = {LABELS: "a", ("prices", "2023-01-05"): "b"}
    with duckdb.connect(path) as connection:
        inputs.invalidate(connection, ())
        inputs.record(connection, state, state.keys())
        inputs.record(connection, state | {LABELS: "c"}, {LABELS})
        hours: list[tuple[str, str]] = [(inputs.NEXT_HOUR, "2023-01-05"), (inputs.NEXT_HOUR, "2023-01-06")]
        for hour in hours:
            inputs.record(connection, state | {LABELS: "c", hour: "d"}, {hour})
    assert inputs.recorded_inputs(path) == state | {LABELS: "c", hours[-1]: "d"}
    with duckdb.connect(path) as connection:
        inputs.invalidate(connection, {LABELS})
    assert inputs.recorded_inputs(path) == {("prices", "2023-01-05"): "b", hours[-1]: "d"}


def test_an_hour_is_of_no_account_once_the_next_day_is_there() -> None:
    hour = (inputs.NEXT_HOUR, "2023-01-10")
    assert inputs.changed({hour: "b"}, {hour: inputs.UNKNOWN}) == {hour}
    assert inputs.changed({hour: inputs.UNKNOWN}, {hour: "a"}) == {hour}
    following = (inputs.NEXT_HOUR, "2023-01-11")
    assert inputs.changed({following: "c"}, {hour: "a"}) == {following}
    assert inputs.stale_inputs({hour: "b"}, {}, JANUARY) == [
        inputs.Stale(inputs.NEXT_HOUR, Days(JANUARY[-1], JANUARY[-1]))
    ]
    assert inputs.stale_inputs({following: "c"}, {hour: "a"}, JANUARY) == []


def test_prices_are_fingerprinted_by_day_whatever_the_row_order(tmp_path: Path) -> None:
    def written(rows: str) -> inputs.Recorded:
        folder = tmp_path / "lake" / "prices"
        folder.mkdir(parents=True, exist_ok=True)
        duckdb.execute(
            f"copy (from (values {rows}) as t (asset, day, price_text)) to '{folder}/prices.parquet' (format parquet)"
        )
        return current_inputs(tmp_path, date(2023, 1, 2), min_labels=1)

    one = written("('btc', date '2023-01-01', '1.5'), ('ltc', date '2023-01-01', '2'), ('btc', date '2023-01-03', '9')")
    same = written("('ltc', date '2023-01-01', '2'), ('btc', date '2023-01-01', '1.5')")
    other = written("('ltc', date '2023-01-01', '2.0'), ('btc', date '2023-01-01', '1.5')")
    assert list(one) == [("prices", "2023-01-01")]
    assert one == same
    assert one != other


def test_an_appended_day_of_headers_makes_only_itself_stale(tmp_path: Path) -> None:
    def now(last: date) -> inputs.Recorded:
        return current_inputs(tmp_path, last, min_labels=1)

    for asset in ("eth", "ltc"):
        HeaderStore(tmp_path / "lake", asset).write(days_of(date(2023, 1, 28), 6))
    before = now(date(2023, 2, 28))
    assert [day for _, day in sorted(before)] == [str(day) for day, _ in days_of(date(2023, 1, 28), 6)]
    assert len(now(date(2023, 1, 31))) == 4
    HeaderStore(tmp_path / "lake", "ltc").write(days_of(date(2023, 2, 3), 1))
    assert inputs.changed(now(date(2023, 2, 28)), before) == {("block_headers", "2023-02-03")}
    # One chain's headers of a day that the other has, too.
    HeaderStore(tmp_path / "lake", "eth").write([(date(2023, 1, 30), [])])
    assert inputs.changed(now(date(2023, 2, 2)), before) == {("block_headers", "2023-01-30")}


def test_headers_of_an_earlier_version_or_damaged_ones_are_refused(tmp_path: Path) -> None:
    HeaderStore(tmp_path / "lake", "ltc").write(days_of(date(2023, 1, 28), 6))
    folder = tmp_path / "lake" / "headers" / "ltc"
    (folder / "2022-01-05.parquet").touch()
    with pytest.raises(SatledgerError, match=r"2022-01-05\.parquet was written by an earlier version.*satledger build"):
        current_inputs(tmp_path, JANUARY[-1], min_labels=1)
    (folder / "2022-01-05.parquet").unlink()
    (folder / "2023-02.parquet").write_bytes((folder / "2023-02.parquet").read_bytes()[:-9])
    with pytest.raises(SatledgerError, match=r"2023-02\.parquet cannot be read \(.*\): remove the folder .*ltc and"):
        current_inputs(tmp_path, JANUARY[-1], min_labels=1)


def test_readers_are_found_through_other_models() -> None:
    model = {"resource_type": "model", "config": {"materialized": "incremental"}}
    manifest = {
        "sources": {"source.a": {"name": "prices"}},
        "child_map": {"source.a": ["model.b"], "model.b": ["model.c", "test.d"]},
        "nodes": {
            "model.b": {"name": "b", "resource_type": "model", "config": {"materialized": "ephemeral"}},
            "model.c": {"name": "c"} | model,
            "test.d": {"name": "d", "resource_type": "test", "config": {}},
        },
    }
    assert inputs.readers(manifest, "prices") == {"c"}


def test_another_least_number_of_labels_is_a_change_of_the_labels(tmp_path: Path) -> None:
    assert current_inputs(tmp_path, JANUARY[-1], min_labels=2) == {}
    labels = tmp_path / "lake" / "labels"
    labels.mkdir(parents=True)
    (labels / "manifest.json").write_text('{"fingerprint": "abc", "labels": 3}')
    before, now = (current_inputs(tmp_path, JANUARY[-1], min_labels=number) for number in (1, 2))
    assert inputs.changed(now, before) == {LABELS}
    assert current_inputs(tmp_path, JANUARY[-1], min_labels=1) == before
