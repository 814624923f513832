"""What the node says of raw days and of the ledger: compared, not believed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np

from dagster_project.blocks.columns import BlockColumns, hash_text
from dagster_project.blocks.parse import parse_one
from dagster_project.blocks.scripts import NULLDATA, commitments
from dagster_project.chain.manifest import Manifest
from dagster_project.chain.parameters import load_parameters
from dagster_project.chain.sources.node_headers import NodeHeaders
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.errors import SatledgerError
from dagster_project.lake.read import AROUND_PAYLOAD
from dagster_project.settings import Settings
from dagster_project.warehouse.database import limits, reading

# To go through all unspent outputs takes a node minutes.
PATIENCE_SECONDS = 1800
SATOSHI = 100_000_000
BATCH = 200
# Blocks between the ledger's last one and the node's tip that are read to carry the one to the other.
MOST_BLOCKS_AFTER = 2_000
# Of so many numbers, evenly spread, so many accounts are looked at.
CANDIDATES, ADDRESSES = 500, 10
ADDRESS_TYPES = ("pubkeyhash", "scripthash", "witness_v0_keyhash", "witness_v0_scripthash", "witness_v1_taproot")


@dataclass
class Comparison:
    """What was compared with the node.

    Attributes:
        compared: each a line of what, and how many.
        differences: each a sentence.
        left_out: what could not be compared, and why.
    """

    compared: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class NodeOpinion:
    """A node of the lake's chain.

    Raises:
        SatledgerError: it cannot be reached, is on another chain, or still syncing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rpc = NodeRpc(settings)
        NodeHeaders(self._rpc, load_parameters(settings.resolved_chain))
        self.where = self._rpc.provider_uri
        self._rpc.timeout = PATIENCE_SECONDS
        self.blocks, self.sampled = 0, 0

    def compare_day(self, manifest: Manifest, columns: BlockColumns | None, sampled: bool) -> Iterator[str]:
        """Where the node differs on a day: ids and counts of all its blocks, totals of some of them.

        Args:
            manifest: the day's.
            columns: its blocks; None where they cannot be read.
            sampled: whether to look at the totals of the day's first, middle and last block.
        """
        if columns is None or not manifest.blocks:
            return
        heights, names = columns.heights.tolist(), [hash_text(row) for row in columns.hashes]
        for first in range(0, len(heights), BATCH):
            part = slice(first, first + BATCH)
            said = self._rpc.batch([["getblockhash", height] for height in heights[part]])
            for height, ours, theirs in zip(heights[part], names[part], said, strict=True):
                if ours != theirs:
                    yield f"block {height} is {ours} in the lake and {theirs} at the node"
                    return
            counts = self._rpc.batch([["getblockheader", name] for name in names[part]])
            for place, header in enumerate(counts, first):
                if _field(header, "nTx") != columns.transaction_counts[place]:
                    yield (
                        f"block {heights[place]} has {columns.transaction_counts[place]} transactions in the lake and "
                        f"{_field(header, 'nTx')} at the node"
                    )
        self.blocks += len(heights)
        if sampled:
            for place in sorted({0, len(heights) // 2, len(heights) - 1}):
                yield from self._compare_totals(columns, place)

    def _compare_totals(self, columns: BlockColumns, place: int) -> Iterator[str]:
        height = int(columns.heights[place])
        block = columns.block_part(place, place + 1)
        coinbase_outputs = int(block.output_starts[1])
        ours = {
            "txs": int(block.transaction_counts[0]),
            "ins": len(block.spent_indexes),
            "outs": len(block.values),
            "total_out": int(block.values[coinbase_outputs:].sum()),
            "subsidy": load_parameters(self._settings.resolved_chain).subsidy(height),
        }
        fees = self._fees(height)
        if fees is not None:
            ours["totalfee"] = fees
        theirs = self._rpc.call("getblockstats", height, list(ours))
        self.sampled += 1
        for name, value in ours.items():
            if _field(theirs, name) != value:
                yield f"block {height}: {name} is {value} here and {_field(theirs, name)} at the node (getblockstats)"

    def _fees(self, height: int) -> int | None:
        """The fees of a block in the ledger; None where it is not built."""
        rows = self._ledger(f"select fees from blocks where height = {height}")
        return rows[0][0] if rows else None

    def _ledger(self, query: str) -> list[tuple[Any, ...]]:
        if not self._settings.warehouse.is_file():
            return []
        with reading(self._settings.warehouse, limits(self._settings)) as connection:
            try:
                return connection.execute(query).fetchall()
            except duckdb.CatalogException:
                return []  # before the first build has ended, some tables are not there yet

    def compare_ledger(self, found: Comparison) -> None:
        """Compare the unspent outputs of the ledger with the node's: their sum, and those of some addresses."""
        last = self._ledger("""
            select last_height, last_hash, day from built_days where last_height is not null order by day desc limit 1
        """)
        if not last:
            found.left_out.append("the sum of unspent outputs, and addresses: nothing is built yet")
            return
        height, name, day = last[0]
        if self._rpc.call("getblockhash", height) != name:
            found.differences.append(f"the ledger ends with block {height} {name}, which the node does not have there")
            return
        ((ours,),) = self._ledger(f"select sum(users) - sum(genesis) from ledger_days where day <= date '{day}'")
        self._compare_sum(int(ours), height, found)
        self._compare_addresses(height, found)

    def _compare_sum(self, ours: int, height: int, found: Comparison) -> None:
        try:
            said = self._rpc.call("gettxoutsetinfo", "none", height)
            where = f"at block {height} (coinstatsindex)"
        except SatledgerError:
            said = self._rpc.call("gettxoutsetinfo", "none")
            tip = int(_field(said, "height"))
            if tip - height > MOST_BLOCKS_AFTER:
                found.left_out.append(
                    f"the sum of unspent outputs: the node is {tip - height} blocks ahead of the ledger and has no "
                    "coinstatsindex, so build the newest days first"
                )
                return
            ours += sum(self._new_coins(number) for number in range(height + 1, tip + 1))
            where = f"at block {tip}, to which the node's own blocks after {height} carry the ledger"
        theirs = _satoshi(_field(said, "total_amount"))
        found.compared.append(f"the sum of all unspent outputs {where}: {ours} satoshi here")
        if ours != theirs:
            found.differences.append(
                f"unspent outputs are worth {ours} satoshi here and {theirs} at the node {where} (gettxoutsetinfo)"
            )

    def _block(self, height: int) -> BlockColumns:
        raw = self._rpc.call("getblock", self._rpc.call("getblockhash", height), 0)
        return parse_one(np.frombuffer(bytes.fromhex(raw), dtype=np.uint8), height).columns

    def _new_coins(self, height: int) -> int:
        """By how much a block of the node changes the sum of unspent outputs."""
        columns = self._block(height)
        fees = _field(self._rpc.call("getblockstats", height, ["totalfee"]), "totalfee")
        burned = columns.values[commitments(columns.output_scripts).kinds == NULLDATA].sum()
        return int(columns.values[: int(columns.output_starts[1])].sum()) - int(fees) - int(burned)

    def _compare_addresses(self, height: int, found: Comparison) -> None:
        """Compare what some addresses owned when the ledger's last block was the tip."""
        accounts = self._some_accounts()
        if not accounts:
            found.left_out.append("addresses: of those that were looked at none owns anything")
            return
        said = self._rpc.call("scantxoutset", "start", [f"addr({account})" for account in accounts])
        tip = int(_field(said, "height"))
        if tip - height > MOST_BLOCKS_AFTER:
            found.left_out.append(f"addresses: the node is {tip - height} blocks ahead of the ledger")
            return
        unspent: dict[str, int] = dict.fromkeys((script for _, script in accounts.values()), 0)
        for output in _field(said, "unspents"):
            if _field(output, "height") <= height:
                unspent[_field(output, "scriptPubKey")] += _satoshi(_field(output, "amount"))
        later = self._spent_later(accounts, range(height + 1, tip + 1))
        for account, (ours, script) in accounts.items():
            theirs = unspent[script] + later.get(account, 0)
            if ours != theirs:
                found.differences.append(
                    f"{account} owns {ours} satoshi at block {height} here and {theirs} at the node (scantxoutset)"
                )
        found.compared.append(f"what {len(accounts)} addresses own at block {height}")

    def _some_accounts(self) -> Mapping[str, tuple[int, str]]:
        """Some addresses that own something: the balance and the script of each.

        Their numbers are evenly spread. Addresses that were paid by their public key too are left out: nodes look for
        one script at a time.
        """
        rows = self._ledger(f"""
            with numbers as (select max(account_id) as last_id from user_accounts),

            candidates as (
                select distinct 1 + (last_id - 1) * place // {CANDIDATES} as account_id
                from numbers cross join range({CANDIDATES} + 1) as places (place)
            )

            select account, any_value(account_type), any_value(lower(hex(payload))),
                max_by(account_states.closing, account_states.day) as balance
            from candidates
            inner join user_accounts using (account_id)
            inner join account_states using (account_id)
            where account_type in ({", ".join(f"'{kind}'" for kind in ADDRESS_TYPES)})
                and account_id not in (
                    select outputs.account_id from outputs semi join candidates using (account_id)
                    where script_type = 'pubkey'
                )
            group by account having balance > 0 order by md5(account) limit {ADDRESSES}
        """)
        return {
            account: (balance, AROUND_PAYLOAD[kind][0].hex() + payload + AROUND_PAYLOAD[kind][1].hex())
            for account, kind, payload, balance in rows
        }

    def _spent_later(self, accounts: Mapping[str, object], heights: range) -> Mapping[str, int]:
        """What the node's blocks after the ledger's last one have spent of the outputs of some addresses."""
        if not heights:
            return {}
        names = ", ".join(f"'{account}'" for account in accounts)
        rows = self._ledger(f"""
            select transactions.txid, outputs.output_index, user_accounts.account, outputs.value
            from outputs
            inner join user_accounts using (account_id)
            inner join transactions on outputs.height = transactions.height and outputs.tx_index = transactions.tx_index
            where user_accounts.account in ({names})
        """)
        owned = {(txid, index): (account, value) for txid, index, account, value in rows}
        spent: dict[str, int] = {}
        for height in heights:
            columns = self._block(height)
            for txid, index in zip(columns.spent_txids, columns.spent_indexes.tolist(), strict=True):
                account, value = owned.get((hash_text(txid), index), ("", 0))
                spent[account] = spent.get(account, 0) + value
        return spent


def sampled_days(manifests: Sequence[Manifest], most: int) -> list[Manifest]:
    """So many days, evenly spread from the first to the last."""
    if most >= len(manifests):
        return list(manifests)
    if most == 1:
        return [manifests[-1]]
    return [manifests[round(number * (len(manifests) - 1) / (most - 1))] for number in range(most)]


def _satoshi(amount: object) -> int:
    return int(Decimal(str(amount)) * SATOSHI)


def _field(answer: Any, name: str) -> Any:  # noqa: ANN401 (JSON)
    """A part of an answer: some are read into objects, others are plain JSON."""
    found = answer.get(name) if isinstance(answer, dict) else getattr(answer, name, None)
    if found is None:
        raise SatledgerError(f"The node answers without {name}: see that it is a Bitcoin node of version 22 or later.")
    return found
