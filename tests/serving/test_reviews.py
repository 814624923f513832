"""What is published for the first time is reviewed, what changes afterwards is revised, and the API says since when."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.publish.copy import publish
from dagster_project.publish.state import reading_published
from tests.serving.copies import DAYS, day, make_copy
from tests.serving.servers import Server

TABLES = ("metric_catalog", "metrics_daily", "metric_gaps", "label_coverage", "blocks", "built_days")
MODELS = {name: {"description": "", "columns": {}, "config": {}} for name in TABLES}
MODELS["metrics_daily"] = {
    "description": "",
    "columns": {},
    "config": {"meta": {"files": "years", "day_column": "time", "days_ahead": 1, "order_by": "asset, metric, time"}},
}
FIRST = datetime(2026, 1, 1, 3, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HISTORY = """
select metric, time, valid_to from value_history
where metric in (select id from metric_catalog where reviewable)
order by all
"""


class Home:
    """A warehouse made by hand, and its published copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "satledger.duckdb"
        make_copy(self.warehouse)
        self.change(
            "create table built_days as select time as day from metrics_daily "
            "where asset = 'btc' and metric = 'BlkCnt' order by day"
        )

    def change(self, *statements: str) -> None:
        with duckdb.connect(self.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)

    def revise(self, metric: str, time: date, text: str | None) -> None:
        with duckdb.connect(self.warehouse) as connection:
            connection.execute(
                "update metrics_daily set value_text = ? where metric = ? and time = ?", [text, metric, time]
            )

    def publish(self, hours: int) -> None:
        publish(self.warehouse, self.published, MODELS, now=FIRST + hours * HOUR)

    def reviews(self) -> list[tuple[object, ...]]:
        return self.recorded("select day, reviewed_at from day_reviews order by all")

    def revisions(self) -> list[tuple[object, ...]]:
        return self.recorded(HISTORY)

    def recorded(self, query: str) -> list[tuple[object, ...]]:
        with reading_published(self.published) as connection:
            return connection.execute(query).fetchall()


def at(hours: int) -> datetime:
    """The moment as the record has it."""
    return (FIRST + hours * HOUR).replace(tzinfo=None)


def printed(hours: int) -> str:
    """The moment as the API prints it."""
    return f"{at(hours).isoformat()}.000000000Z"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.publish(0)
    return found


def test_days_are_reviewed_when_they_are_first_published(home: Home) -> None:
    last = day(DAYS)
    home.change(
        f"insert into built_days values ('{last}')",
        f"insert into metrics_daily values ('btc', '{last}', 'FlowInBNBNtv', 1, '1.00000000')",
    )
    home.publish(1)
    assert home.reviews() == [*((day(n), at(0)) for n in range(DAYS)), (last, at(1))]
    assert home.revisions() == []


def test_the_same_values_again_change_nothing(home: Home) -> None:
    before = home.reviews()
    home.publish(1)
    assert home.reviews() == before
    assert home.revisions() == []


def test_only_reviewable_values_that_differ_are_revised(home: Home) -> None:
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.revise("FlowInNBXNtv", day(6), "0.00000000")
    home.revise("BlkCnt", day(7), "1")
    home.change(f"insert into metrics_daily values ('btc', '{day(8)}', 'SplyBNBNtv', 1, '1.00000000')")
    home.change(f"insert into metrics_daily values ('btc', '{day(8)}', 'SplyKRKNtv', null, null)")
    home.publish(1)
    found = [("FlowInBNBNtv", day(5), at(1)), ("FlowInNBXNtv", day(6), at(1)), ("SplyBNBNtv", day(8), at(1))]
    assert home.revisions() == found
    home.revise("FlowInBNBNtv", day(5), "10.00000000")
    home.publish(2)
    assert home.revisions() == sorted([*found, ("FlowInBNBNtv", day(5), at(2))], key=str)


def test_a_day_that_was_withdrawn_is_reviewed_anew(home: Home) -> None:
    last = day(DAYS - 1)
    rows = f"from metrics_daily where time = '{last}'"
    home.revise("FlowInBNBNtv", last, "8.00000000")
    home.publish(1)
    home.change(f"create table kept as {rows}", f"delete {rows}", f"delete from built_days where day = '{last}'")
    home.publish(2)
    home.change("insert into metrics_daily from kept", f"insert into built_days values ('{last}')")
    home.revise("FlowInBNBNtv", last, "9.00000000")
    home.publish(3)
    assert home.reviews()[-2:] == [(last, at(0)), (last, at(3))]
    # The value was revised, and then withdrawn; that of the day's second publishing has not changed since.
    assert [row for row in home.revisions() if row[0] == "FlowInBNBNtv"] == [
        ("FlowInBNBNtv", last, at(1)),
        ("FlowInBNBNtv", last, at(2)),
    ]
    with Server(home.folder) as server:
        (row,) = server.rows(assets="btc", metrics="FlowInBNBNtv", limit_per_asset=1)
    assert (row["FlowInBNBNtv-status"], row["FlowInBNBNtv-status-time"]) == ("reviewed", printed(3))


def test_a_clock_that_was_set_back(home: Home) -> None:
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(-5)
    assert home.revisions() == [("FlowInBNBNtv", day(5), at(0) + timedelta(seconds=1))]


def test_the_api_tells_the_states_apart(home: Home) -> None:
    asked = {"assets": "btc", "metrics": "FlowInBNBNtv,BlkCnt", "start_time": day(4), "end_time": day(6)}
    alone = asked | {"metrics": "FlowInBNBNtv"}
    with Server(home.folder) as server:
        before = server.rows(**asked)
        assert {row["FlowInBNBNtv-status"] for row in before} == {"reviewed"}
        assert {row["FlowInBNBNtv-status-time"] for row in before} == {printed(0)}
        assert server.rows(**alone, status="revised") == []

        home.revise("FlowInBNBNtv", day(5), "9.00000000")
        home.publish(1)
        after = server.rows(**asked)
        states = [(row["FlowInBNBNtv-status"], row["FlowInBNBNtv-status-time"]) for row in after]
        assert states == [("reviewed", printed(0)), ("revised", printed(1)), ("reviewed", printed(0))]

        revised = server.rows(**alone, status="revised")
        assert [row["FlowInBNBNtv"] for row in revised] == ["9.00000000"]
        assert [str(row["time"])[:10] for row in server.rows(**alone, status="reviewed")] == [str(day(4)), str(day(6))]
        assert server.rows(**alone, status="flash") == []
        mixed = server.rows(**asked, status="revised")
        assert [row["FlowInBNBNtv"] for row in mixed] == [None, "9.00000000", None]
        assert [row["BlkCnt"] for row in mixed] == [row["BlkCnt"] for row in after]
        assert all("FlowInBNBNtv-status" not in row for row in (mixed[0], mixed[2]))

        lines = server.get("/v4/timeseries/asset-metrics", **asked, format="csv").text.splitlines()
        assert lines[0] == "asset,time,FlowInBNBNtv,FlowInBNBNtv-status,FlowInBNBNtv-status-time,BlkCnt"
        assert lines[2] == f"btc,{after[1]['time']},9.00000000,revised,{printed(1)},{after[1]['BlkCnt']}"
        for status, fields in (("flash", ",,"), ("revised", f"9.00000000,revised,{printed(1)}")):
            asked_for = server.get("/v4/timeseries/asset-metrics", **asked, format="csv", status=status)
            assert asked_for.text.splitlines()[2] == f"btc,{after[1]['time']},{fields},{after[1]['BlkCnt']}"
        streamed = server.get("/v4/timeseries/asset-metrics", **asked, format="json_stream").text
        assert streamed.count('"FlowInBNBNtv-status":"revised"') == 1


def test_what_values_were_is_kept(home: Home) -> None:
    """Of every metric, of each change, from when to when."""
    everything = "select metric, time, value_text, valid_from, valid_to from value_history order by all"
    home.revise("TxCnt", day(7), "1")
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(1)
    first = [("FlowInBNBNtv", day(5), "1.25000000", at(0), at(1)), ("TxCnt", day(7), "147", at(0), at(1))]
    assert home.recorded(everything) == first
    home.revise("FlowInBNBNtv", day(5), None)
    home.publish(2)
    home.revise("FlowInBNBNtv", day(5), "7.00000000")
    home.publish(3)
    more = [("FlowInBNBNtv", day(5), "9.00000000", at(1), at(2)), ("FlowInBNBNtv", day(5), None, at(2), at(3))]
    assert home.recorded(everything) == [first[0], *more, first[1]]


def test_a_rate_that_is_known_a_day_ahead_holds_since_the_day_before_was_reviewed(home: Home) -> None:
    home.revise("ReferenceRate", day(DAYS), "5.5")
    home.publish(1)
    (row,) = home.recorded("select metric, time, value_text, valid_from, valid_to from value_history")
    assert row == ("ReferenceRate", day(DAYS), "30399.125", at(0), at(1))


def test_files_of_the_history_stay_few(home: Home) -> None:
    for number in range(1, 20):
        home.revise("TxCnt", day(number), str(number))
        home.publish(number)
    assert len(home.recorded("from value_history")) == 19
    files = home.recorded("select rows from published_files where table_name = 'value_history'")
    assert sum(int(str(rows)) for (rows,) in files) == 19
    assert len(files) <= 5


def test_tables_do_not_depend_on_the_clock(home: Home) -> None:
    def tables() -> dict[str, list[tuple[object, ...]]]:
        return {name: home.recorded(f"from {name} order by all") for name in TABLES}

    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in home.published.parent.rglob("*.parquet")}

    before = tables(), files()
    home.publish(1)
    assert (tables(), files()) == before


def test_every_combination_is_answered(home: Home) -> None:
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(1)
    kinds = ("FlowInBNBNtv", "FlowInBNBNtv,FlowOutBNBNtv", "BlkCnt,FlowInBNBNtv", "FlowOutBNBNtv")
    states, forms = ("all", "flash", "reviewed", "revised"), ("json", "json_stream", "csv")
    with Server(home.folder) as server:
        for metrics, status, form, sort in itertools.product(kinds, states, forms, ("asset", "time")):
            asked = {"assets": "btc", "metrics": metrics, "status": status, "format": form, "sort": sort}
            for more in ({"limit_per_asset": 3}, {"page_size": 7, "null_as_zero": "true"}):
                answer = server.get("/v4/timeseries/asset-metrics", **asked, **more)
                assert answer.status_code == 200, (asked, answer.text)


def test_values_are_answered_as_they_were_at_a_moment(home: Home) -> None:
    last = day(DAYS - 1)
    home.change(f"delete from built_days where day = '{last}'")
    home.publish(0)
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(1)
    home.revise("FlowInBNBNtv", day(5), "7.00000000")
    home.change(f"insert into built_days values ('{last}')")
    home.publish(2)
    asked = {"assets": "btc", "metrics": "FlowInBNBNtv", "start_time": day(5), "end_time": day(5)}
    with Server(home.folder) as server:

        def found(as_of: datetime, **more: object) -> list[tuple[object, ...]]:
            rows = server.rows(**asked | more, as_of=f"{as_of.isoformat()}Z")
            name = str((asked | more)["metrics"])
            return [(row[name], row.get(f"{name}-status"), row.get(f"{name}-status-time")) for row in rows]

        second = timedelta(seconds=1)
        assert found(at(0) - second) == []
        assert found(at(0)) == found(at(1) - second) == [("1.25000000", "reviewed", printed(0))]
        assert found(at(1)) == [("9.00000000", "revised", printed(1))]
        assert found(at(2)) == found(at(50)) == [("7.00000000", "revised", printed(2))]
        for status, number in (("reviewed", 0), ("revised", 1), ("flash", 0)):
            assert len(found(at(1), status=status)) == number
        everything = {"start_time": day(0), "end_time": day(DAYS), "page_size": 10_000}
        for metric in ("FlowInBNBNtv", "BlkCnt"):
            assert len(found(at(1), **everything, metrics=metric)) == DAYS - 1
            assert len(found(at(2), **everything, metrics=metric)) == DAYS
        # The rate of a day is published with the day before.
        assert len(found(at(1), **everything, metrics="ReferenceRate")) == 1
        assert len(found(at(2), **everything, metrics="ReferenceRate")) == 2
        for moment, value in ((at(0), 1.25), (at(1), 9.0), (at(2), 7.0)):
            given = f'slug: "bitcoin", from: "{day(5)}", to: "{day(5)}", asOf: "{moment.isoformat()}Z"'
            document = f'{{getMetric(metric: "FlowInBNBNtv"){{timeseriesData({given}){{value}}}}}}'
            (point,) = server.graphql(document).json()["data"]["getMetric"]["timeseriesData"]
            assert point["value"] == value
        refused = server.get("/v4/timeseries/asset-metrics", assets="btc", metrics="TxCnt", frequency="1b", as_of=last)
        assert (refused.status_code, "as_of" in refused.text) == (400, True)
        wrong = server.get("/v4/timeseries/asset-metrics", **asked, as_of="yesterday")
        assert (wrong.status_code, "yesterday" in wrong.text) == (400, True)
        forms = {"format": ("csv", "json_stream"), "sort": ("time",)}
        for name, values in forms.items():
            for value in values:
                answer = server.get(
                    "/v4/timeseries/asset-metrics", **asked | {name: value}, as_of=f"{at(1).isoformat()}Z"
                )
                assert "9.00000000" in answer.text
