"""What is published for the first time is reviewed, what changes afterwards is revised, and the API says since when."""

import itertools
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.publish.copy import publish
from dagster_project.publish.reviews import RECORD
from tests.serving.copies import DAYS, day, make_copy
from tests.serving.servers import Server

TABLES = ("metric_catalog", "metrics_daily", "metric_gaps", "label_coverage", "blocks", "built_days")
MODELS = {name: {"description": "", "columns": {}, "config": {}} for name in TABLES}
FIRST = datetime(2026, 1, 1, 3, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Home:
    """A warehouse made by hand, and its published copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "satledger.duckdb"
        self.record = self.published.with_name(RECORD)
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
        return self.recorded("select metric, time, revised_at from metric_revisions order by all")

    def recorded(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.record, read_only=True) as connection:
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
    assert home.revisions() == [("FlowInBNBNtv", last, at(1))]
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


def test_a_copy_beside_a_newer_record_is_served_as_it_was(home: Home) -> None:
    older = home.folder / "older" / "published"
    older.mkdir(parents=True)
    shutil.copy2(home.published, older)
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(1)
    shutil.copy2(home.record, older)
    with Server(older.parent) as server:
        rows = server.rows(assets="btc", metrics="FlowInBNBNtv", page_size=10000)
    assert {row["FlowInBNBNtv-status-time"] for row in rows} == {printed(0)}


def test_a_copy_without_a_record_was_reviewed_when_it_was_put_in_place(home: Home) -> None:
    home.record.unlink()
    with Server(home.folder) as server:
        (row,) = server.rows(assets="btc", metrics="FlowInBNBNtv", limit_per_asset=1)
    assert (row["FlowInBNBNtv-status"], row["FlowInBNBNtv-status-time"]) == ("reviewed", printed(0))
    home.revise("FlowInBNBNtv", day(5), "9.00000000")
    home.publish(1)
    assert (len(home.reviews()), home.revisions()) == (DAYS, [])


def test_a_record_that_cannot_be_read_is_named_and_stays(home: Home) -> None:
    home.record.chmod(0o644)
    home.record.write_bytes(b"this is no database")
    with pytest.raises(SatledgerError, match=f"The record of reviews {home.record} cannot be read .* move it away"):
        home.publish(1)
    assert home.record.read_bytes() == b"this is no database"
    assert {found.name for found in home.published.parent.iterdir()} == {home.published.name, RECORD}


def test_the_copy_itself_does_not_depend_on_the_clock(home: Home) -> None:
    def tables() -> dict[str, list[tuple[object, ...]]]:
        with duckdb.connect(home.published, read_only=True) as connection:
            names = [name for (name,) in connection.execute("show tables").fetchall()]
            return {name: connection.execute(f"from {name} order by all").fetchall() for name in names}

    before = tables()
    home.publish(1)
    assert tables() == before
    assert set(before) == set(TABLES)


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
