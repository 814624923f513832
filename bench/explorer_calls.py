"""The explorer's calls: the parts of a day's values, accounts, labels and members, on ten million entries."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import requests
from rich.console import Console

from bench import ledger_calls
from bench.measure import Stopwatch, alternate
from bench.report import Report
from bench.serving import serving, timed

ABOUT = f"""\
`satledger serve` on the made ledger of `ledger_calls` ({ledger_calls.ENTRIES:,} entries, 14,400 a day), with 100,000
labelled addresses of three exchanges and 835,000 members of the miner groups; asked over loopback by one client,
nothing else asked in between. Pages have 100 rows, of days of an account 10,000. Processor time is the client's and
the server's together, and the two threads' of the server."""

DAY = "2022-11-01"
_TABLES = (
    """
    create table firsts as
        select account, min(day) as day, min(height) as height, hash(account) as number
        from balance_updates where account like 'bc1q%' group by account
    """,
    """
    create table exchange_addresses as
        select account as address, ['BFX', 'BNB', 'KRK'][1 + (number % 3)::integer] as exchange_code,
            exchange_code as exchange_name, 'hot' as role, 'made' as source, day as as_of, 'sure' as confidence,
            'given' as method
        from firsts where number % 20 = 1
    """,
    """
    create table hop_members as
        select day, account, hop::integer as hop, height as evidence_height, 0 as evidence_tx_index,
            sha256(height || '-0') as evidence_txid
        from firsts, (values (0), (1)) as hops (hop)
        where number % 20 = 0 or (hop = 1 and number % 3 = 0)
    """,
    """
    create table exchange_transfers as
        select day, height, tx_index, 'code' as party_set, 'BUSY' as sender, exchange_code as receiver,
            false as sender_is_exchange, true as receiver_is_exchange, abs(value) as value
        from balance_updates inner join exchange_addresses on account = address
    """,
    "drop table firsts",
)


def run(console: Console, rounds: int) -> Report:
    """Measure the calls in turns."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), *ledger_calls.TABLES, *_TABLES, days=10) as server,
        requests.Session() as session,
    ):
        ledger = f"{server.url}/v4/ledger/btc"

        def answer(path: str) -> requests.Response:
            found = session.get(f"{ledger}/{path}", headers={"accept-encoding": "identity"}, timeout=600)
            found.raise_for_status()
            return found

        def call(path: str) -> Callable[[], Stopwatch]:
            return lambda: timed(server.pid, lambda: answer(path))

        label = answer("labels?exchange=BNB&page_size=1").json()["data"][0]["address"]
        member = answer(f"members?day={DAY}&page_size=1").json()["data"][0]
        block = answer(f"blocks?day={DAY}").json()["data"][0]
        runs = {
            "blocks of a day": call(f"blocks?day={DAY}"),
            "a block by its hash": call(f"blocks?hash={block['hash']}"),
            "transactions of a block": call(f"transactions?height={block['height']}"),
            "a transaction by its id": call(f"transactions?txid={member['evidence_txid']}"),
            "entries of a transaction": call(f"entries?height={block['height']}&tx_index=3"),
            "days of an account": call(f"account-days?account={label}"),
            "days of BUSY": call("account-days?account=BUSY"),
            "labels of an exchange": call("labels?exchange=BNB"),
            "label of an account": call(f"labels?accounts={label}"),
            "membership of an account": call(f"members?accounts={member['account']}"),
            "who joined on a day": call(f"members?day={DAY}"),
            "flow of an exchange": call(f"flow-transactions?metric=FlowInBNBNtv&day={DAY}"),
            "flow of all exchanges": call(f"flow-transactions?metric=FlowInExNtv&day={DAY}"),
            "transfers of an exchange": call(f"flow-transfers?metric=FlowInBNBNtv&day={DAY}"),
            "flow of miners, 0 hop": call(f"flow-transactions?metric=FlowMinerOut0HopAllNtv&day={DAY}"),
            "flow of miners, 1 hop": call(f"flow-transactions?metric=FlowMinerOut1HopAllNtv&day={DAY}"),
            "from miners to an exchange": call(f"flow-transactions?metric=FlowMinerOut1HopAllBNBNtv&day={DAY}"),
            "issuance": call(f"flow-transactions?metric=IssTotNtv&day={DAY}"),
            "supply": call(f"flow-transactions?metric=SplyCur&day={DAY}"),
        }
        series = alternate(runs, rounds, console)
    return Report("explorer_calls", ABOUT, series)
