"""`satledger mcp` through the official client, as an assistant starts it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters, stdio_client

from tests.cli.command import satledger
from tests.serving.copies import DAYS, txid

# The first payment to payee0 after the coinbases: of block 7.
PLACE = (7, 1)
Call = Callable[[str, dict[str, Any]], Awaitable[tuple[bool, Any]]]


def with_tools(home: Path, use: Callable[[Call, list[str]], Awaitable[None]]) -> None:
    """Start the command, and let the test call its tools: each answers whether it failed, and with what."""

    async def run() -> None:
        code = "from dagster_project.cli import main; main()"
        command = StdioServerParameters(command=sys.executable, args=["-c", code, "mcp", "--home", str(home)])
        async with stdio_client(command) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()

            async def call(name: str, arguments: dict[str, Any]) -> tuple[bool, Any]:
                found = await session.call_tool(name, arguments)
                texts = [each.text for each in found.content if each.type == "text"]
                if found.is_error:
                    return True, " ".join(texts)
                values = [json.loads(text) for text in texts]
                structured = found.structured_content
                return False, values if structured is None else structured.get("result", structured)

            await use(call, [tool.name for tool in (await session.list_tools()).tools])

    asyncio.run(asyncio.wait_for(run(), 120))


def test_five_tools(home: Path) -> None:
    async def use(call: Call, names: list[str]) -> None:
        assert names == ["search_metrics", "describe_metric", "get_series", "query_sql", "follow_transaction"]
        _, found = await call("search_metrics", {"text": "binance net flow"})
        assert found[0]["id"] == "FlowNetBNBNtv"
        _, about = await call("describe_metric", {"metric": "FlowNetBNBNtv"})
        assert about["unit"] == "Native units"
        assert about["days"]["btc"] == ["2023-01-01", "2024-02-04"]
        assert "ref(" in about["sql"]
        _, series = await call("get_series", {"metric": "MOMR", "start": "2023-01-02", "end": "2023-01-03"})
        assert series == [{"day": "2023-01-02", "value": 0.25}, {"day": "2023-01-03", "value": 0.25}]
        _, rows = await call("query_sql", {"query": "select count(*) from metrics_daily where metric = 'MOMR'"})
        assert rows["rows"] == [[DAYS]]
        _, tables = await call("query_sql", {"query": "tables"})
        assert "metrics_daily" in tables["tables"]
        _, followed = await call("follow_transaction", {"txid": txid(*PLACE).upper()})
        assert followed["txid"] == txid(*PLACE)
        assert {each["account"] for each in followed["balance_updates"]} >= {"payee0"}
        assert followed["exchanges"] == {"payee0": "Binance"}

    with_tools(home, use)


def test_what_cannot_be_done_is_one_sentence(home: Path) -> None:
    async def use(call: Call, names: list[str]) -> None:
        for name, arguments, sentence in (
            ("describe_metric", {"metric": "Nothing"}, "There is no metric Nothing"),
            ("get_series", {"metric": "Nothing"}, "There is no metric Nothing"),
            ("get_series", {"metric": "MOMR", "start": "soon"}, "'soon' is no day"),
            ("query_sql", {"query": "drop table blocks"}, "This is no query"),
            ("query_sql", {"query": "select * from read_text('/etc/passwd')"}, "read_text is not run here"),
            ("follow_transaction", {"txid": "ab" * 32}, "not found"),
        ):
            failed, text = await call(name, arguments)
            assert failed, name
            assert sentence in text
            assert "Traceback" not in text
        assert await call("search_metrics", {"text": ""}) == (False, [])

    with_tools(home, use)


def test_a_home_without_data(tmp_path: Path) -> None:
    done = satledger(tmp_path, "mcp")
    assert done.returncode == 1
    assert "There is no published copy" in done.stderr
