"""The ledger in the shape of `blockchain-v2`: every row against a walk through the whole ledger in plain Python."""

from pathlib import Path

import duckdb
import pytest

from serving.errors import ApiError
from serving.rest.ledger.cursor import Cursor
from tests.serving.copies import txid
from tests.serving.servers import Server
from tests.serving.walk import BTC, Row, number_of, pages, walk


@pytest.fixture(scope="module")
def expected(home: Path) -> list[Row]:
    """Every balance update there is, in order."""
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        entries = connection.execute(
            "select height, tx_index, entry_index, account, value from balance_updates"
        ).fetchall()
    found: list[Row] = []
    for row in walk(entries):
        height, place = divmod(int(row["chain_sequence_number"]), 2**32)
        found.append({**row, "block_hash": f"{height:064x}", "txid": txid(height, (place >> 17) - 1)})
    return found


def rows(server: Server, path: str, **parameters: object) -> list[Row]:
    """All rows of a list, from its start."""
    return [row for page in pages(server, path, **{"paging_from": "start", **parameters}) for row in page]


def without_times(found: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "consensus_time"} for row in found]


@pytest.mark.parametrize("paging", ["start", "end"])
@pytest.mark.parametrize("size", [7, 1_000])
def test_all_updates(server: Server, expected: list[Row], paging: str, size: int) -> None:
    wanted = expected[:300] if size == 7 else expected
    last = wanted[-1]["chain_sequence_number"]
    found = pages(server, f"{BTC}/balance-updates", paging_from=paging, page_size=size, end_chain_sequence_number=last)
    assert {len(page) for page in found[:-1]} <= {size}
    if paging == "end":
        found = found[::-1]
    assert without_times([row for page in found for row in page]) == wanted


@pytest.mark.parametrize("account", ["miner3", "payee0", "FEES", "ISSUANCE", "new17"])
def test_updates_of_an_account(server: Server, expected: list[Row], account: str) -> None:
    wanted = [row for row in expected if row["account"] == account]
    path = f"{BTC}/accounts/{account}/balance-updates"
    assert without_times(rows(server, path, page_size=11)) == wanted
    assert without_times(server.get(path, page_size=5).json()["data"]) == wanted[-5:]
    since = wanted[len(wanted) // 2]["chain_sequence_number"]
    half = rows(server, path, start_chain_sequence_number=since, start_inclusive="false", page_size=13)
    assert without_times(half) == wanted[len(wanted) // 2 + 1 :]


def test_updates_by_what_is_named(server: Server, expected: list[Row]) -> None:
    path = f"{BTC}/balance-updates"
    ids = [txid(5, 1), txid(150, 2), "f" * 64]
    assert without_times(rows(server, path, txids=",".join(ids))) == [r for r in expected if r["txid"] in ids]
    hashes = [f"{height:064x}" for height in (0, 200)]
    wanted = [row for row in expected if row["block_hash"] in hashes and row["account"] in ("FEES", "miner0")]
    found = rows(server, path, block_hashes=",".join(hashes), accounts="FEES,miner0", denominations="BTC")
    assert without_times(found) == wanted
    assert rows(server, path, accounts="nobody") == []
    assert rows(server, path, txids="f" * 64) == []


@pytest.mark.parametrize("paging", ["start", "end"])
def test_some_updates_of_each_account(server: Server, expected: list[Row], paging: str) -> None:
    names = ("payee1", "miner1", "new3")
    of = {name: [row for row in expected if row["account"] == name] for name in names}
    kept = [row for mine in of.values() for row in (mine[:4] if paging == "start" else mine[-4:])]
    wanted = sorted(kept, key=lambda row: int(row["chain_sequence_number"]))
    parameters: dict[str, object] = {"accounts": ",".join(names), "limit_per_account": 4, "page_size": 3}
    found = pages(server, f"{BTC}/balance-updates", paging_from=paging, **parameters)
    ordered = found if paging == "start" else found[::-1]
    assert without_times([row for page in ordered for row in page]) == wanted


@pytest.mark.parametrize(
    ("bounds", "heights"),
    [
        ({"start_height": 10, "end_height": 12}, (10, 12)),
        ({"start_height": 10, "end_height": 12, "start_inclusive": "false", "end_inclusive": "false"}, (11, 11)),
        ({"start_time": "2023-01-02", "end_time": "2023-01-02T12:00:00Z"}, (4, 6)),
        ({"start_time": "2023-01-02T01:00:00", "timezone": "Europe/Berlin", "end_height": 4}, (4, 4)),
        ({"start_time": "2023-01-02", "start_inclusive": "false", "end_height": 5}, (5, 5)),
        ({"start_height": 500}, None),
        ({"end_time": "2022-01-01"}, None),
        ({"start_height": 2**63 - 1}, None),
    ],
)
def test_ranges(
    server: Server, expected: list[Row], bounds: dict[str, object], heights: tuple[int, int] | None
) -> None:
    wanted = [row for row in expected if heights and heights[0] <= int(row["height"]) <= heights[1]]
    assert without_times(rows(server, f"{BTC}/balance-updates", **bounds)) == wanted
    blocks = list(dict.fromkeys(row["block_hash"] for row in wanted))
    assert [row["block_hash"] for row in rows(server, f"{BTC}/blocks", **bounds)] == blocks
    ids = list(dict.fromkeys(row["txid"] for row in wanted))
    assert [row["txid"] for row in rows(server, f"{BTC}/transactions", **bounds) if row["amount"] != "0"] == ids


@pytest.mark.parametrize("paging", ["start", "end"])
def test_accounts_in_the_order_of_their_first_entries(server: Server, expected: list[Row], paging: str) -> None:
    wanted: dict[str, Row] = {}
    for row in expected:
        account = wanted.setdefault(
            row["account"],
            {
                "account": row["account"],
                "type": "VIRTUAL" if row["account"] in ("FEES", "ISSUANCE") else "UTXO",
                "creation_height": row["height"],
                "creation_block_hash": row["block_hash"],
                "creation_chain_sequence_number": row["chain_sequence_number"],
            },
        )
        account |= {"balance": row["new_balance"], "n_debits": row["n_debits"], "n_credits": row["n_credits"]}
        account["last_chain_sequence_number"] = row["chain_sequence_number"]
        account["last_credit_height" if row["credit"] else "last_debit_height"] = row["height"]
    found = pages(server, f"{BTC}/accounts", paging_from=paging, page_size=40)
    listed = [row for page in (found if paging == "start" else found[::-1]) for row in page]
    assert all(row.pop("creation_time")[:10] >= "2023-01-01" for row in listed)
    assert listed == list(wanted.values())
    some = rows(server, f"{BTC}/accounts", accounts="new7,miner2,nobody", page_size=1)
    assert [row["account"] for row in some] == ["miner2", "new7"]
    new = rows(server, f"{BTC}/accounts", start_height=150)
    assert [row["account"] for row in new] == [f"new{height}" for height in range(150, 201)]


def test_blocks(server: Server) -> None:
    found = rows(server, f"{BTC}/blocks", heights="0,200,7,900", page_size=2)
    assert [row["height"] for row in found] == ["0", "7", "200"]
    assert found[1] == {
        "block_hash": f"{7:064x}",
        "parent_block_hash": f"{6:064x}",
        "height": "7",
        "consensus_time": "2023-01-02T18:00:00.000000000Z",
        "miner_time": "2023-01-02T18:00:00.000000000Z",
        "n_transactions": "3",
        "n_balance_updates": "9",
        "version": "536870912",
        "difficulty": "0.00000000015",
        "physical_size": "300",
        "consensus_size": "1200",
    }
    assert "parent_block_hash" not in found[0]
    assert [row["height"] for row in rows(server, f"{BTC}/blocks", heights="7,8", block_hashes=f"{8:064x}")] == ["8"]


def test_transactions(server: Server) -> None:
    (found,) = rows(server, f"{BTC}/transactions", txids=txid(9, 1).upper())
    assert found == {
        "block_hash": f"{9:064x}",
        "height": "9",
        "consensus_time": "2023-01-03T06:00:00.000000000Z",
        "txid": txid(9, 1),
        "miner_time": "2023-01-03T06:00:00.000000000Z",
        "tx_position": str((9 << 32) + 1),
        "n_balance_updates": "3",
        "amount": "0.00001009",
        "min_chain_sequence_number": str(number_of(9, 1, 0)),
        "max_chain_sequence_number": str(number_of(9, 1, 2)),
        "physical_size": "201",
        "fee": "0.00000009",
    }
    everything = rows(server, f"{BTC}/transactions", page_size=50)
    assert [row["txid"] for row in everything] == [txid(height, index) for height in range(201) for index in range(3)]
    last = pages(server, f"{BTC}/transactions", page_size=250)
    assert [row for page in last[::-1] for row in page] == everything


def test_whole_entities(server: Server, expected: list[Row]) -> None:
    block = server.get(f"{BTC}/blocks/{8:064x}").json()
    assert [each["txid"] for each in block["transactions"]] == [txid(8, index) for index in range(3)]
    told = {"height", "block_hash", "txid", "credit", "total_received", "total_sent"}
    own = [{k: v for k, v in row.items() if k not in told} for row in expected if row["height"] == "8"]
    assert [row for each in block["transactions"] for row in each["balance_updates"]] == own
    alone = server.get(f"{BTC}/transactions/{txid(8, 2)}").json()
    assert alone["balance_updates"] == block["transactions"][2]["balance_updates"]
    assert server.get(f"{BTC}/blocks/{8:064x}/transactions/{txid(8, 2)}").json() == alone
    (listed,) = rows(server, f"{BTC}/transactions", txids=txid(8, 2))
    assert {name: value for name, value in alone.items() if name != "balance_updates"} == listed


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("accounts/nobody/balance-updates", 404, "Account 'nobody' not found."),
        (f"blocks/{999:064x}", 404, "not found"),
        ("blocks/x", 404, "Block 'x' not found."),
        (f"transactions/{'f' * 64}", 404, "not found"),
        (f"blocks/{7:064x}/transactions/{txid(8, 2)}", 404, "of block"),
        ("balance-updates?txids=abc", 400, "64 hexadecimal digits"),
        ("balance-updates?accounts=", 400, "accounts"),
        ("balance-updates?include_sub_accounts=true", 400, "sub-accounts"),
        ("balance-updates?sub_accounts=x", 400, "sub-accounts"),
        ("balance-updates?denominations=eth", 400, "denominations"),
        ("balance-updates?start_time=2023-01-01&start_height=1", 400, "together"),
        ("balance-updates?start_height=1&start_chain_sequence_number=1", 400, "together"),
        ("balance-updates?chain=stale", 400, "chain"),
        ("blocks?heights=-1", 400, "heights"),
        ("accounts/miner1/balance-updates?include_counterparties=true", 400, "include_counterparties"),
        ("accounts/miner1/balance-updates?account=miner2", 400, "account"),
    ],
)
def test_what_is_refused(server: Server, path: str, status: int, told: str) -> None:
    answer = server.get(f"{BTC}/{path}")
    assert answer.status_code == status, answer.text
    assert told in answer.json()["error"]["message"]


def test_other_assets(server: Server) -> None:
    for path in ("balance-updates", "accounts", "transactions", "blocks"):
        assert server.get(f"/v4/blockchain-v2/ltc/{path}").status_code == 400
        answer = server.get(f"/v4/blockchain-v2/ltc/{path}", ignore_unsupported_errors="true")
        assert answer.json() == {"data": []}


def test_a_stream_has_the_same_rows(server: Server, expected: list[Row]) -> None:
    answer = server.get(f"{BTC}/balance-updates", format="json_stream", accounts="miner1")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert len(answer.text.splitlines()) == sum(row["account"] == "miner1" for row in expected)


def test_a_statement_that_takes_too_long_is_ended() -> None:
    with duckdb.connect() as connection:
        cursor = Cursor(connection, seconds=0.3)
        with pytest.raises(ApiError, match=r"longer than 0\.3 seconds") as refused:
            cursor.execute("select sum(a.range * b.range) from range(1_000_000) as a, range(1_000_000) as b").fetchall()
        assert refused.value.status == 503
        assert cursor.execute("select 40 + $two", {"two": 2}).fetchall() == [(42,)]
