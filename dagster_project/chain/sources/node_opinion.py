"""Compares raw days and the ledger with what a node says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from dagster_project.blocks.columns import BlockColumns, hash_text
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.scripts import NULLDATA, commitments
from dagster_project.chain.sources.node_headers import NodeHeaders
from dagster_project.chain.sources.rpc import NodeRpc, PrunedError
from dagster_project.chain.sources.rpc_totals import (
    block_columns,
    block_totals,
    unspent_of,
    unspent_total,
    unspent_total_at,
)
from dagster_project.database import limits, reading
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.read import AROUND_PAYLOAD
from dagster_project.settings import Settings

# A node takes minutes to go through all unspent outputs.
PATIENCE_SECONDS = 1800
BATCH = 200
# The most blocks after the ledger's last one that are read from the node to bring the ledger's sums up to its tip.
MOST_BLOCKS_AFTER = 2_000
# The number of account ids that are tried, evenly spread, and how many of their accounts are compared.
CANDIDATES, ADDRESSES = 500, 10
ADDRESS_TYPES = ("pubkeyhash", "scripthash", "witness_v0_keyhash", "witness_v0_scripthash", "witness_v1_taproot")


class OtherWarehouseError(SatledgerError):
    """The warehouse does not have the columns that are asked for."""


@dataclass
class Comparison:
    """What was compared with the node.

    Attributes:
        compared: lines, each with what was compared, and how many.
        differences: sentences.
        left_out: what could not be compared, and why.
        failure: why the node failed during the comparison; None where it did not.
    """

    compared: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    failure: SatledgerError | None = None


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
        self._slow_rpc = NodeRpc(settings)
        self._slow_rpc.timeout = PATIENCE_SECONDS
        self.blocks, self.sampled, self.pruned = 0, 0, 0

    def compare_day(self, found: Comparison, manifest: Manifest, columns: BlockColumns | None, sampled: bool) -> None:
        """Compare a day with the node: ids and counts of all its blocks, totals of some of them.

        Once the node has failed, it is not asked again.

        Args:
            found: takes the differences.
            manifest: the day's.
            columns: its blocks; None where they cannot be read.
            sampled: whether to look at the totals of the day's first, middle and last block.
        """
        if columns is None or not manifest.blocks or found.failure:
            return
        try:
            for difference in self._differences(columns, sampled):
                found.differences.append(f"{manifest.day}, compared with the node: {difference}.")
        except SatledgerError as error:
            found.failure = error

    def _differences(self, columns: BlockColumns, sampled: bool) -> Iterator[str]:
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
                if header.nTx != columns.transaction_counts[place]:
                    yield (
                        f"block {heights[place]} has {columns.transaction_counts[place]} transactions in the lake and "
                        f"{header.nTx} at the node"
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
            # Without the coinbase.
            "total_size": int(block.transaction_sizes[1:].sum()),
            "total_weight": int((3 * block.transaction_stripped_sizes + block.transaction_sizes)[1:].sum()),
        }
        fees = self._fees(height)
        if fees is not None:
            ours["totalfee"] = fees
        try:
            theirs = block_totals(self._rpc, height, list(ours))
        except PrunedError:
            self.pruned += 1
            return
        self.sampled += 1
        for name, value in ours.items():
            if theirs[name] != value:
                yield f"block {height}: {name} is {value} here and {theirs[name]} at the node (getblockstats)"

    def _fees(self, height: int) -> int | None:
        """The fees of a block in the ledger; None where it is not built."""
        try:
            rows = self._ledger(f"select fees from blocks where height = {height}")
        except OtherWarehouseError:
            # The comparison of the ledger reports this.
            return None
        return rows[0][0] if rows else None

    def _ledger(self, query: str) -> list[tuple[Any, ...]]:
        if not self._settings.warehouse.is_file():
            return []
        with reading(self._settings.warehouse, limits(self._settings)) as connection:
            try:
                return connection.execute(query).fetchall()
            except duckdb.CatalogException:
                return []  # before the end of the first build some tables do not exist yet
            except duckdb.BinderException:
                raise OtherWarehouseError(
                    f"the warehouse {self._settings.warehouse} was built by another version of satledger: run "
                    "`satledger build --full-refresh`"
                ) from None

    def compare_ledger(self, found: Comparison) -> None:
        """Report what was compared of days, and compare the unspent outputs of the ledger with the node's.

        Their sum is compared, and the balances of some addresses.
        """
        found.compared.append(f"ids and counts of {self.blocks} blocks with the node at {self.where}")
        found.compared.append(f"fees, subsidy and totals of {self.sampled} of these blocks (getblockstats)")
        if self.pruned:
            found.left_out.append(f"fees and totals of {self.pruned} blocks that the node has pruned")
        if found.failure:
            found.left_out.append(f"the rest of what only a node tells: {found.failure}")
            return
        try:
            self._compare_ledger(found)
        except OtherWarehouseError as error:
            found.left_out.append(f"the rest of the ledger: {error}")
        except SatledgerError as error:
            found.failure = error

    def _compare_ledger(self, found: Comparison) -> None:
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
        theirs = unspent_total_at(self._slow_rpc, height)
        where = f"at block {height} (coinstatsindex)"
        if theirs is None:
            tip, theirs = unspent_total(self._slow_rpc)
            if tip - height > MOST_BLOCKS_AFTER:
                found.left_out.append(
                    f"the sum of unspent outputs: the node is {tip - height} blocks ahead of the ledger and has no "
                    "coinstatsindex, so build the newest days first"
                )
                return
            ours += sum(self._new_coins(number) for number in range(height + 1, tip + 1))
            where = f"at block {tip}, to which the node's own blocks after {height} carry the ledger"
        found.compared.append(f"the sum of all unspent outputs {where}: {ours} satoshi here")
        if ours != theirs:
            found.differences.append(
                f"unspent outputs are worth {ours} satoshi here and {theirs} at the node {where} (gettxoutsetinfo)"
            )

    def _new_coins(self, height: int) -> int:
        """The change of the sum of unspent outputs by a block of the node."""
        columns = block_columns(self._rpc, height)
        fees = block_totals(self._rpc, height, ["totalfee"])["totalfee"]
        burned = columns.values[commitments(columns.output_scripts).kinds == NULLDATA].sum()
        return int(columns.values[: int(columns.output_starts[1])].sum()) - fees - int(burned)

    def _compare_addresses(self, height: int, found: Comparison) -> None:
        """Compare what some addresses owned when the ledger's last block was the tip."""
        accounts = self._some_accounts()
        if not accounts:
            found.left_out.append("addresses: of those that were looked at none owns anything")
            return
        tip, outputs = unspent_of(self._slow_rpc, {account: script for account, (_, script) in accounts.items()})
        if tip - height > MOST_BLOCKS_AFTER:
            found.left_out.append(f"addresses: the node is {tip - height} blocks ahead of the ledger")
            return
        unspent = dict.fromkeys(accounts, 0)
        for account, created, value in outputs:
            if created <= height:
                unspent[account] += value
        later = self._spent_later(accounts, range(height + 1, tip + 1))
        for account, (ours, _) in accounts.items():
            theirs = unspent[account] + later.get(account, 0)
            if ours != theirs:
                found.differences.append(
                    f"{account} owns {ours} satoshi at block {height} here and {theirs} at the node (scantxoutset)"
                )
        found.compared.append(f"what {len(accounts)} addresses own at block {height}")

    def _some_accounts(self) -> Mapping[str, tuple[int, str]]:
        """Some addresses that own something: the balance and the script of each.

        Their account ids are evenly spread. Addresses that were also paid to their bare public key are left out,
        because a node looks for one script at a time.
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
            columns = block_columns(self._rpc, height)
            for txid, index in zip(columns.spent_txids, columns.spent_indexes.tolist(), strict=True):
                account, value = owned.get((hash_text(txid), index), ("", 0))
                spent[account] = spent.get(account, 0) + value
        return spent
