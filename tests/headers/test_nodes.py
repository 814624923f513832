"""The adapters of the three families, against fake nodes on real sockets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.headers.model import Asset, read_assets
from dagster_project.headers.store import HeaderStore, Written
from dagster_project.headers.update import connect, update_headers

from .rpc_servers import FakeNode

DAY = 86_400


def epoch(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def asset(name: str) -> Asset:
    known = read_assets()[name]
    return Asset(name, known.family, date(2020, 1, 1), known.difficulty_one_bits)


def stored(lake: Path, name: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(
        f"select * exclude (day) from read_parquet('{lake}/headers/{name}/*.parquet') order by height"
    ).fetchall()


@dataclass
class EthereumChain:
    """A chain of blocks four hours apart, the methods of whose node a fake node serves."""

    times: list[int] = field(default_factory=lambda: [epoch("2019-12-30") + 14_400 * number for number in range(60)])
    branch: str = "a"
    branch_from: int = 0

    def methods(self) -> dict[str, Callable[..., Any]]:
        return {"eth_blockNumber": lambda: hex(len(self.times) - 1), "eth_getBlockByNumber": self.block}

    def hash(self, height: int) -> str:
        return "0x" + f"{self.branch if height >= self.branch_from else 'a'}{height:x}".rjust(64, "0")

    def block(self, number: str, full: bool) -> dict[str, str]:
        assert full is False
        height = int(number, 16)
        return {
            "number": number,
            "hash": self.hash(height),
            "parentHash": self.hash(height - 1),
            "timestamp": hex(self.times[height]),
            "difficulty": hex(10**16 + 2 * height + 1),
        }


def update(node_url: str, name: str, lake: Path, confirmations: int = 6, last_day: date | None = None) -> Written:
    return update_headers(connect(asset(name), node_url), HeaderStore(lake, name), last_day, confirmations)


def test_ethereum_headers_day_by_day(fake_node: FakeNode, tmp_path: Path) -> None:
    chain = EthereumChain()
    fake_node.methods = chain.methods()
    # Block 53, the last with six on top, is in the middle of 2020-01-07.
    assert update(fake_node.url, "eth", tmp_path) == Written(6, 36)
    rows = stored(tmp_path, "eth")
    assert [row[1] for row in rows] == list(range(12, 48))
    time = chain.times[12]
    assert rows[0] == (
        "eth", 12, chain.hash(12), time, time - 14_400, None, None, 1e16 + 25, Decimal(10**16 + 25), None,
    )  # fmt: skip
    assert [path.name for path in (tmp_path / "headers/eth").glob("*.parquet")] == ["2020-01.parquet"]
    assert HeaderStore(tmp_path, "eth").days() == [date(2020, 1, day) for day in range(1, 7)]
    assert update(fake_node.url, "eth", tmp_path) == Written(0, 0)
    chain.times += [chain.times[-1] + 14_400 * number for number in range(1, 7)]
    assert update(fake_node.url, "eth", tmp_path) == Written(1, 6)
    assert [row[1] for row in stored(tmp_path, "eth")] == list(range(12, 54))


def test_a_reorganisation_rewrites_the_days_that_it_touched(fake_node: FakeNode, tmp_path: Path) -> None:
    chain = EthereumChain()
    fake_node.methods = chain.methods()
    update(fake_node.url, "eth", tmp_path / "lake")
    chain.branch, chain.branch_from = "b", 40
    assert update(fake_node.url, "eth", tmp_path / "lake") == Written(2, 12)
    update(fake_node.url, "eth", tmp_path / "fresh")
    assert stored(tmp_path / "lake", "eth") == stored(tmp_path / "fresh", "eth")


def test_a_node_that_is_behind_or_of_another_chain_destroys_nothing(fake_node: FakeNode, tmp_path: Path) -> None:
    chain = EthereumChain()
    fake_node.methods = chain.methods()
    update(fake_node.url, "eth", tmp_path)
    before = stored(tmp_path, "eth")
    full, chain.times = chain.times, chain.times[:30]
    with pytest.raises(SatledgerError, match="24 blocks behind the headers that are there up to 2020-01-06"):
        update(fake_node.url, "eth", tmp_path)
    chain.times, chain.branch, chain.branch_from = full, "c", 0
    with pytest.raises(SatledgerError, match="of another chain"):
        update(fake_node.url, "eth", tmp_path)
    assert stored(tmp_path, "eth") == before


def test_a_reorganisation_while_reading_starts_anew(
    fake_node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_project.headers.ethereum.BATCH", 10)
    chain = EthereumChain()
    fake_node.methods = chain.methods()
    served = 0
    plain = chain.block

    def block(number: str, full: bool) -> dict[str, str]:
        nonlocal served
        served += 1
        if served == 50:
            chain.branch, chain.branch_from = "b", 20
        return plain(number, full)

    fake_node.methods["eth_getBlockByNumber"] = block
    assert update(fake_node.url, "eth", tmp_path / "lake") == Written(6, 36)
    assert served > 50
    update(fake_node.url, "eth", tmp_path / "fresh")
    assert stored(tmp_path / "lake", "eth") == stored(tmp_path / "fresh", "eth")


def test_faults_pass_and_passwords_stay_hidden(fake_node: FakeNode, tmp_path: Path, waits: list[float]) -> None:
    fake_node.methods = EthereumChain().methods()
    fake_node.login = "user:hidden"
    fake_node.faults = [503, 429, 500]
    assert update(fake_node.url, "eth", tmp_path) == Written(6, 36)
    assert waits == [1, 2, 4]
    fake_node.faults = [503] * 9
    with pytest.raises(SatledgerError, match="answers with status 503") as failed:
        update(fake_node.url, "eth", tmp_path)
    assert "hidden" not in str(failed.value)
    with pytest.raises(SatledgerError, match="denies access") as failed:
        update(fake_node.url.replace("hidden", "wrong"), "eth", tmp_path)
    assert "wrong" not in str(failed.value)
    fake_node.faults = []
    with pytest.raises(SatledgerError, match=r"cannot be reached \(ConnectionError\)") as failed:
        update("http://user:hidden@127.0.0.1:9", "eth", tmp_path)
    assert "hidden" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_an_answer_that_is_an_error_is_shown(fake_node: FakeNode, tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match=r"The eth node cannot give its headers: .*unknown"):
        update(fake_node.url, "eth", tmp_path)


def test_monero_headers_in_disorder(fake_node: FakeNode, tmp_path: Path) -> None:
    # Every 240 seconds, each seventh block an hour early: days overlap in height.
    times = [epoch("2019-12-28") + 240 * number - (3600 if number % 7 == 0 else 0) for number in range(3000)]

    def header(height: int) -> dict[str, Any]:
        wide = (1 << 66) + height
        return {
            "height": height,
            "hash": f"{height:064x}",
            "prev_hash": f"{height - 1:064x}",
            "timestamp": times[height],
            "difficulty": wide & (1 << 64) - 1,
            "wide_difficulty": hex(wide),
            "reward": 600_000_000_000,
        }

    fake_node.methods = {
        "get_block_count": lambda: {"count": len(times)},
        "get_block_headers_range": lambda start_height, end_height: {
            "headers": [header(height) for height in range(start_height, end_height + 1)]
        },
    }
    written = update(fake_node.url, "xmr", tmp_path)
    assert written.days == 3
    start, end = epoch("2020-01-01"), epoch("2020-01-04")
    rows = stored(tmp_path, "xmr")
    assert [row[1] for row in rows] == [height for height, time in enumerate(times) if start <= time < end]
    assert rows[0][7:] == (float(1 << 66), Decimal((1 << 66) + rows[0][1]), Decimal(600_000_000_000))
    assert rows[0][4] == times[rows[0][1] - 1]


def zcash_methods(times: list[int], lean: bool) -> dict[str, Callable[..., Any]]:
    """Serve a node like zcashd: no median times; where it is not lean, transactions only within blocks."""

    def coinbase(height: int) -> dict[str, Any]:
        transparent = {"txid": f"{height:x}", "vout": [{"value": 2.5}, {"value": 0.62500001}], "valueBalance": 0.0}
        return transparent | ({"valueBalance": -1.25, "orchard": {"valueBalance": -0.5}} if height % 2 else {})

    def block(block_hash: str, verbosity: int) -> dict[str, Any]:
        height = int(block_hash, 16)
        full = coinbase(height)
        return {"hash": block_hash, "tx": [full if verbosity == 2 else full["txid"]]}

    def header(block_hash: str) -> dict[str, Any]:
        height = int(block_hash, 16)
        found = {"hash": block_hash, "height": height, "time": times[height], "bits": "1c0a1234"}
        return found | ({"previousblockhash": f"{height - 1:064x}"} if height else {})

    methods = {
        "getblockcount": lambda: len(times) - 1,
        "getblockhash": lambda height: f"{range(len(times))[height]:064x}",
        "getblockheader": header,
        "getblock": block,
    }
    if lean:
        methods["getrawtransaction"] = lambda txid, verbose, block_hash: coinbase(int(block_hash, 16))
    return methods


@pytest.mark.parametrize("lean", [True, False])
def test_bitcoin_like_headers_without_median_times(fake_node: FakeNode, tmp_path: Path, lean: bool) -> None:
    times = [epoch("2019-12-30") + 3000 * number + (-1) ** number * 2000 for number in range(200)]
    fake_node.methods = zcash_methods(times, lean)
    written = update(fake_node.url, "zec", tmp_path)
    rows = stored(tmp_path, "zec")
    medians = [
        sorted(times[max(0, height - 10) : height + 1])[min(height + 1, 11) // 2] for height in range(len(times))
    ]
    last = datetime.fromtimestamp(medians[193], UTC).date()
    end = epoch(last.isoformat())
    expected = [height for height in range(200) if epoch("2020-01-01") <= medians[height] < end]
    assert [row[1] for row in rows] == expected
    assert written == Written((last - date(2020, 1, 1)).days, len(expected))
    for _, height, _, time, previous_time, median_time, bits, difficulty, work, reward in rows:
        assert (time, previous_time, median_time) == (times[height], times[height - 1], medians[height])
        assert difficulty == (0x7FFFF << 224) / (0x0A1234 << 200)
        assert work == 2**256 // ((0x0A1234 << 200) + 1)
        assert (bits, reward) == ("1c0a1234", 312_500_001 + (175_000_000 if height % 2 else 0))
    assert fake_node.calls.count("getrawtransaction") >= (len(expected) if lean else 1)


def test_the_ledgers_own_asset_has_no_node() -> None:
    with pytest.raises(SatledgerError, match="btc come from the ledger"):
        connect(read_assets()["btc"], "http://127.0.0.1:9")
