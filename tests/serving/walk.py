"""The ledger's calls walked through in plain Python, and pages of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.serving.servers import Server

BTC = "/v4/blockchain-v2/btc"
Row = dict[str, Any]


def coins(satoshi: int) -> str:
    text = f"{abs(satoshi) // 10**8}.{abs(satoshi) % 10**8:08d}".rstrip("0").rstrip(".")
    return f"-{text}" if satoshi < 0 else text


def number_of(height: int, tx_index: int, entry_index: int) -> int:
    return (height << 32) + ((tx_index + 1) << 17) + entry_index


@dataclass
class Past:
    """What an account went through; satoshi."""

    created: int
    received: int = 0
    sent: int = 0
    credits: int = 0
    debits: int = 0
    last: dict[str, str] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        return self.received - self.sent


def walk(entries: list[tuple[int, int, int, str, int]]) -> Iterator[Row]:
    """Every entry with what its account went through, as the vendor's fields."""
    history: dict[str, Past] = {}
    for height, tx_index, entry_index, account, value in sorted(entries):
        past = history.setdefault(account, Past(created=height))
        number = number_of(height, tx_index, entry_index)
        before, previous = past.balance, dict(past.last)
        if value >= 0:
            past.received, past.credits = past.received + value, past.credits + 1
        else:
            past.sent, past.debits = past.sent - value, past.debits + 1
        past.last[f"previous_{'credit' if value >= 0 else 'debit'}_height"] = str(height)
        past.last["previous_chain_sequence_number"] = str(number)
        yield {
            "height": str(height),
            "chain_sequence_number": str(number),
            "account": account,
            "account_creation_height": str(past.created),
            "change": coins(value),
            "previous_balance": coins(before),
            "new_balance": coins(past.balance),
            "transaction_sequence_number": "0",
            "n_debits": str(past.debits),
            "n_credits": str(past.credits),
            "credit": value >= 0,
            "total_received": coins(past.received),
            "total_sent": coins(past.sent),
            **previous,
        }


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
