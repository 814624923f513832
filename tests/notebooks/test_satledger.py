"""Data frames of a home and of a server, which are the same."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from satledger import Satledger, SatledgerError
from tests.serving.copies import DAYS, FIRST, day, make_copy
from tests.serving.servers import Server, make_key

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["home", "server"])
def satledger(request: pytest.FixtureRequest, home: Path, server: Server) -> Satledger:
    return Satledger(home if request.param == "home" else server.url)


def test_one_metric_is_a_frame_by_day(satledger: Satledger) -> None:
    frame = satledger.metrics("SplyMiner0HopAllNtv")
    assert list(frame.columns) == ["SplyMiner0HopAllNtv"]
    assert frame.index.name == "day"
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert frame["SplyMiner0HopAllNtv"].tolist() == [1000.0 + number for number in range(DAYS)]
    assert frame.index[0] == pd.Timestamp(FIRST)


def test_days_are_included_and_a_null_is_none_of_zero(satledger: Satledger) -> None:
    frame = satledger.metrics(["MOMR", "FlowInNBXNtv"], "btc", "2023-01-02", day(3))
    days = [stamp.date() for stamp in frame.index]
    assert days[0] == date(2023, 1, 2)
    assert days[-1] == day(3)
    assert frame["FlowInNBXNtv"].isna().all()
    assert (frame["MOMR"] == 0.25).all()
    assert list(frame.columns) == ["MOMR", "FlowInNBXNtv"]


def test_several_assets_are_a_column_each(satledger: Satledger) -> None:
    frame = satledger.metrics(["BlkCnt", "DiffMean"], ["btc", "ltc"])
    assert frame["ltc", "BlkCnt"].iloc[3] == 503.0
    assert frame["btc", "BlkCnt"].iloc[3] == 143.0
    assert frame["btc", "DiffMean"].isna().all()


def test_a_long_series_comes_whole(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Satledger(home).metrics(["TxCnt", "MOMR"])
    monkeypatch.setattr("satledger.remote._ROWS", 50)
    pd.testing.assert_frame_equal(Satledger(server.url).metrics(["TxCnt", "MOMR"]), whole)


def test_polars_and_arrow(satledger: Satledger) -> None:
    found: pa.Table = satledger.metrics("BlkCnt", ["btc", "ltc"], frame="arrow")
    assert found.schema == pa.schema({"asset": pa.string(), "day": pa.date32(), "BlkCnt": pa.float64()})
    assert found.num_rows == 2 * DAYS
    frame = satledger.metrics("BlkCnt", ["btc", "ltc"], frame="polars")
    assert frame.filter(pl.col("asset") == "ltc")["BlkCnt"].to_list() == [500.0 + n % 7 for n in range(DAYS)]


def test_the_catalogue_and_what_a_metric_is(satledger: Satledger) -> None:
    catalog = satledger.catalog()
    assert catalog["id"].is_monotonic_increasing
    about = satledger.explain("FlowNetBNBNtv")
    assert about["unit"] == "Native units"
    assert "from {{ ref(" in about["sql"]
    with pytest.raises(SatledgerError, match="There is no metric Nothing"):
        satledger.explain("Nothing")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ids": "Nothing"}, "Nothing"),
        ({"ids": "BlkCnt", "assets": "doge2"}, "doge2"),
        ({"ids": "BlkCnt", "start": "yesterday"}, "'yesterday' is no day"),
        ({"ids": []}, "No metric is named"),
        ({"ids": "BlkCnt", "frame": "excel"}, "There is no frame 'excel'"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    satledger: Satledger, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SatledgerError, match=re.escape(sentence)) as caught:
        satledger.metrics(**arguments)
    assert "\n" not in str(caught.value)


def test_tables(home: Path, server: Server) -> None:
    blocks = Satledger(home).table("blocks", f"day = '{FIRST}'")
    assert blocks["height"].tolist() == [0, 1, 2, 3]
    for name, where in (("nothing", "true"), ("blocks", "colour = 'red'"), ("blocks", "where")):
        with pytest.raises(SatledgerError, match=f"{name} cannot be read"):
            Satledger(home).table(name, where)
    with pytest.raises(SatledgerError, match="There is nothing at /sql"):
        Satledger(server.url).table("blocks")


def test_a_table_cannot_be_changed(home: Path) -> None:
    with pytest.raises(SatledgerError):
        Satledger(home).table("blocks; drop table blocks")
    assert len(Satledger(home).table("blocks"))


def test_a_key(tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    key = make_key(tmp_path, "notebook")
    with Server(tmp_path, "--sql") as guarded:
        asked = Satledger(guarded.url, key)
        assert len(asked.metrics("BlkCnt")) == DAYS
        assert asked.table("blocks", f"day = '{FIRST}'")["height"].tolist() == [0, 1, 2, 3]
        with pytest.raises(SatledgerError, match="colour"):
            asked.table("blocks", "colour = 'red'")
        with pytest.raises(SatledgerError, match="10,000 rows at a time"):
            asked.table("range(20_000)")
        with pytest.raises(SatledgerError, match="refuses"):
            Satledger(guarded.url).metrics("BlkCnt")


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="Nothing is published in"):
        Satledger(tmp_path)
    with pytest.raises(SatledgerError, match="cannot be reached"):
        Satledger("http://127.0.0.1:9").metrics("BlkCnt")


def test_the_examples_of_the_document(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of docs/python.md runs on a home that lies where the document says."""
    monkeypatch.chdir(home.parent)
    text = (PROJECT_ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block.replace('"data"', repr(str(home))), names)
    assert len(names["flows"]) == 31
