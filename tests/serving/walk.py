"""The ledger's calls walked through in plain Python, and pages of them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.serving.servers import Server

BTC = "/v4/blockchain-v2/btc"
Row = dict[str, Any]


def coins(satoshi: int) -> str:
    text = f"{abs(satoshi) // 10**8}.{abs(satoshi) % 10**8:08d}".rstrip("0").rstrip(".")
    return f"-{text}" if satoshi < 0 else text


def number_of(height: int, tx_index: int, entry_index: int) -> int:
    return (height << 32) + ((tx_index + 1) << 17) + entry_index


def walk(entries: list[tuple[int, int, int, str, int]]) -> Iterator[Row]:
    """Every entry with what its account went through, as the vendor's fields."""
    history: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for height, tx_index, entry_index, account, value in sorted(entries):
        past = history[account]
        number = number_of(height, tx_index, entry_index)
        balance = sum(change for _, _, change in past)
        now = [*past, (height, number, value)]
        row = {
            "height": str(height),
            "chain_sequence_number": str(number),
            "account": account,
            "account_creation_height": str(now[0][0]),
            "change": coins(value),
            "previous_balance": coins(balance),
            "new_balance": coins(balance + value),
            "transaction_sequence_number": "0",
            "n_debits": str(sum(change < 0 for _, _, change in now)),
            "n_credits": str(sum(change >= 0 for _, _, change in now)),
            "credit": value >= 0,
            "total_received": coins(sum(change for _, _, change in now if change >= 0)),
            "total_sent": coins(-sum(change for _, _, change in now if change < 0)),
        }
        debits = [height for height, _, change in past if change < 0]
        credited = [height for height, _, change in past if change >= 0]
        if debits:
            row["previous_debit_height"] = str(debits[-1])
        if credited:
            row["previous_credit_height"] = str(credited[-1])
        if past:
            row["previous_chain_sequence_number"] = str(past[-1][1])
        past.append((height, number, value))
        yield row


def pages(server: Server, path: str, **parameters: object) -> list[list[Row]]:
    """All pages of a list."""
    found: list[list[Row]] = []
    answer = server.get(path, **parameters)
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found.append(body["data"])
        if "next_page_token" not in body:
            return found
        answer = server.get(path, **parameters, next_page_token=body["next_page_token"])
