"""The ledger's calls, on ten million entries: pages of an account with a million entries, and of all entries."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import requests
from rich.console import Console

from bench.measure import Stopwatch, alternate
from bench.report import Report
from bench.serving import serving, timed

ENTRIES = 10_000_000
EACH_TRANSACTION, EACH_BLOCK, BLOCKS_A_DAY = 5, 20, 144
ABOUT = f"""\
`satledger serve` on a made ledger of {ENTRIES:,} entries in {ENTRIES // EACH_TRANSACTION // EACH_BLOCK:,} blocks of
{ENTRIES // EACH_TRANSACTION // EACH_BLOCK // BLOCKS_A_DAY} days, of two million accounts and one more, BUSY, that has
every tenth entry; asked over loopback by one client, nothing else asked in between. Pages have 100 rows unless it says
so. Processor time is the client's and the server's together, and the two threads' of the server."""

TABLES = (
    f"""
    create table balance_updates as
        select
            date '2021-01-01' + (height // {BLOCKS_A_DAY})::integer as day,
            height::integer as height,
            (number // {EACH_TRANSACTION} % {EACH_BLOCK})::integer as tx_index,
            (number % {EACH_TRANSACTION})::integer as entry_index,
            if(entry_index = 4, 'fee', 'output') as kind,
            case
                when entry_index = 4 then 'FEES'
                when number % 10 = 0 then 'BUSY'
                else 'bc1q' || substr(sha256((hash(number) % 2_000_000)::varchar), 1, 38)
            end as account,
            if(number // 10 % 2 = 0, 1, -1) * (1 + hash(number) % 100_000_000)::bigint as value
        from (
            select range as number, range // {EACH_TRANSACTION * EACH_BLOCK} as height from range({ENTRIES})
        )
    """,
    """
    create table transactions as
        select day, height, tx_index, sha256(height || '-' || tx_index) as txid, tx_index = 0 as is_coinbase,
            250::bigint as size, 200::bigint as virtual_size, 2 as input_count, 3 as output_count,
            1000::bigint as input_value, 900::bigint as output_value, 100::bigint as fee
        from (select distinct day, height, tx_index from balance_updates)
    """,
    """
    create or replace table blocks as
        select 'btc' as asset, day, height, sha256(height::varchar) as hash,
            sha256((height - 1)::varchar) as previous_hash, day + interval (height % 144 * 600) second as time,
            time as median_time, 1.0::double as difficulty, 1000::bigint as size, 4000::bigint as weight,
            1::bigint as version, 20 as transaction_count, 5_000_000_000 as subsidy, 0::bigint as fees
        from (select distinct day, height from transactions) order by height
    """,
    "create or replace table built_days as select distinct day from blocks",
    "create view account_updates as select day, account, height, tx_index, entry_index, value from balance_updates",
    """
    create view transaction_places as select day, substr(txid, 1, 12) as txid_start, height, tx_index from transactions
    """,
)


def run(console: Console, rounds: int) -> Report:
    """Measure the calls in turns."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), *TABLES, days=10) as server,
        requests.Session() as session,
    ):
        ledger = f"{server.url}/v4/blockchain-v2/btc"
        rare = session.get(
            f"{ledger}/balance-updates", params={"start_height": 50_000, "paging_from": "start"}, timeout=60
        )
        account = next(row["account"] for row in rare.json()["data"] if row["account"].startswith("bc1q"))
        block = session.get(f"{ledger}/blocks", params={"heights": "50000"}, timeout=60).json()["data"][0]["block_hash"]
        txid = next(row["txid"] for row in rare.json()["data"])

        def call(path: str) -> Callable[[], Stopwatch]:
            def ask() -> None:
                answer = session.get(f"{ledger}/{path}", headers={"accept-encoding": "identity"}, timeout=600)
                answer.raise_for_status()

            return lambda: timed(server.pid, ask)

        runs = {
            "BUSY, first page": call("accounts/BUSY/balance-updates?paging_from=start"),
            "BUSY, last page": call("accounts/BUSY/balance-updates?paging_from=end"),
            "BUSY, last page of 10,000": call("accounts/BUSY/balance-updates?paging_from=end&page_size=10000"),
            "BUSY as an account": call("accounts?accounts=BUSY"),
            "an account of a few entries": call(f"accounts/{account}/balance-updates"),
            "all entries, first page": call("balance-updates?paging_from=start"),
            "all entries, last page": call("balance-updates?paging_from=end"),
            "all accounts, first page": call("accounts?paging_from=start"),
            "all accounts, last page": call("accounts?paging_from=end"),
            "transactions, last page": call("transactions"),
            "blocks, last page": call("blocks"),
            "a whole block": call(f"blocks/{block}"),
            "a whole transaction": call(f"transactions/{txid}"),
        }
        series = alternate(runs, rounds, console)
    return Report("ledger_calls", ABOUT, series)
