"""Draws the blocks of a random chain one by one, each from a generator of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from . import scripts
from .accounts import UNSPENDABLE, account_of
from .exchanges import CODES
from .ledger import Row
from .parameters import parameters
from .random_chain import ChainOptions, RandomChain

GENESIS_TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
GENESIS_SCRIPT = (
    "4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
    "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac"
)
EASY_BITS = "207fffff"
HARD_BITS = "1d00ffff"


@dataclass(frozen=True)
class Coin:
    """An output that may be spent."""

    txid: str
    index: int
    value: int
    mature_at: int


class ChainBuilder:
    """Adds random blocks, and keeps the outputs that may be spent."""

    def __init__(self, options: ChainOptions) -> None:
        self.options = options
        self.result = RandomChain(options, parameters("regtest"))
        self.random = Random(f"{options.seed}/accounts")
        self.coins: dict[tuple[str, int], Coin] = {}
        self.coinbases: list[Row] = []
        of_keys = [script for key in range(options.keys) for script in self.sample(scripts.key_scripts, key, 3)]
        odd = self.sample(scripts.odd_scripts, 0, 2)
        self.pool = [*of_keys, *odd, GENESIS_SCRIPT]
        self.miners = self.random.sample(of_keys, min(3, len(of_keys)))
        self.result.labels = self.draw_labels(of_keys)
        self.hard_bits_from = self.random.randint(1, options.blocks + 10)

    def sample(self, family: Callable[[str], list[str]], key: int, count: int) -> list[str]:
        """Return some of a key's scripts, P2PK and P2PKH together every other time."""
        found = family(f"{self.options.seed}/key/{key}")
        if family is scripts.key_scripts and self.random.random() < 0.5:
            form = self.random.randrange(3)
            return [found[form], found[form + 3]]
        return self.random.sample(found, count)

    def draw_labels(self, of_keys: list[str]) -> dict[str, str]:
        """Label some accounts with two to four exchanges, and an address that is never used with one more."""
        if self.options.labels == 0:
            return {}
        codes = self.random.sample(CODES, self.random.randint(3, 5))
        accounts = sorted({account_of(script, self.result.chain) for script in of_keys})
        chosen = self.random.sample(accounts, min(self.options.labels, len(accounts)))
        unused = account_of(scripts.key_scripts(f"{self.options.seed}/unused")[7], self.result.chain)
        return {account: self.random.choice(codes[1:]) for account in chosen} | {unused: codes[0]}

    def add_block(self, height: int, time: int, quiet: bool) -> None:
        """Add a block; a quiet one holds only its coinbase."""
        self.random = Random(f"{self.options.seed}/block/{height}")
        block_hash = scripts.digest(f"{self.options.seed}/hash/{height}").hex()
        duplicate = None if quiet or height == 0 else self.draw_duplicate(height)
        if duplicate is not None:
            for output in duplicate["outputs"]:
                self.coins.pop((duplicate["hash"], output["index"]), None)
        rows: list[Row] = []
        if not quiet:
            for index in range(1, 1 + self.random.randint(0, self.options.payments)):
                rows += self.payment(height, f"{height}/{index}")
        fees = sum(row["fee"] for row in rows)
        if height == 0:
            block_hash, coinbase = self.result.chain.genesis_hash, self.genesis_coinbase()
        elif duplicate is not None:
            coinbase = self.transaction(duplicate["hash"], [], duplicate["outputs"])
        else:
            coinbase = self.coinbase(height, fees)
        if height > 0:
            self.add_coins(coinbase, height + max(1, self.options.maturity))
            self.coinbases.append(coinbase)
        rows.insert(0, coinbase)
        bits = HARD_BITS if height >= self.hard_bits_from else EASY_BITS
        self.result.blocks.append(block_row(height, block_hash, time, bits, len(rows)))
        for index, row in enumerate(rows):
            place = {"block_number": height, "block_hash": block_hash, "block_timestamp": time, "index": index}
            # Without enrichment bitcoin-etl knows no input values, and writes a negative fee.
            self.result.transactions.append(
                row | place | {"is_coinbase": index == 0, "fee": 0 if index == 0 else -row["output_value"]}
            )

    def draw_duplicate(self, height: int) -> Row | None:
        """Pick an earlier coinbase to be repeated with the same txid, now and then."""
        if not self.options.duplicates or self.random.random() > 0.15:
            return None
        subsidy = self.result.chain.subsidy(height)
        candidates = [row for row in self.coinbases if row["output_value"] <= subsidy]
        if not self.options.partial_duplicates:
            candidates = [row for row in candidates if self.unspent_outputs(row) in (0, len(self.spendable(row)))]
        return self.random.choice(candidates) if candidates else None

    def spendable(self, row: Row) -> list[Row]:
        """Return the outputs that are not provably unspendable."""
        return [o for o in row["outputs"] if account_of(o["script_hex"], self.result.chain) != UNSPENDABLE]

    def unspent_outputs(self, row: Row) -> int:
        """Count a transaction's outputs that are still unspent."""
        return sum((row["hash"], output["index"]) in self.coins for output in row["outputs"])

    def genesis_coinbase(self) -> Row:
        """Return the one transaction of block 0, whose output nobody can spend."""
        chain = self.result.chain
        return self.transaction(GENESIS_TXID, [], [scripts.output_row(0, GENESIS_SCRIPT, chain.genesis_value, chain)])

    def coinbase(self, height: int, fees: int) -> Row:
        """Claim the whole reward, some of it, less than the fees, or nothing."""
        allowed = self.result.chain.subsidy(height) + fees
        unclaimed = self.random.choice(
            [0, 0, 0, 0, self.random.randint(0, min(1000, allowed)), allowed - fees // 2, allowed]
        )
        payees = self.miners if self.random.random() < 0.6 else self.pool
        values = self.split(allowed - unclaimed, self.random.choice([1, 1, 2, 4]))
        outputs = [(self.random.choice(payees), value) for value in values]
        if self.random.random() < 0.5:
            outputs.append((scripts.unspendable_script(self.random), 0))
        return self.transaction(self.txid(f"{height}/0"), [], self.output_rows(outputs))

    def payment(self, height: int, name: str) -> list[Row]:
        """Spend one to five coins, of this block's earlier payments too, to one to five outputs; none without coins."""
        mature = [coin for coin in self.coins.values() if coin.mature_at <= height]
        if not mature:
            return []
        spent = self.random.sample(mature, min(len(mature), self.random.choice([1, 1, 2, 3, 5])))
        total = sum(coin.value for coin in spent)
        fee = min(total, self.random.choice([0, 0, 1, self.random.randint(2, 9999), total // 3]))
        values = self.split(total - fee, self.random.randint(1, 5))
        outputs = [(self.payee(), value) for value in values]
        for coin in spent:
            del self.coins[coin.txid, coin.index]
        inputs = [scripts.input_row(place, coin.txid, coin.index) for place, coin in enumerate(spent)]
        row = self.transaction(self.txid(name), inputs, self.output_rows(outputs)) | {"fee": fee}
        self.add_coins(row, height)
        return [row]

    def payee(self) -> str:
        """Draw an output's script."""
        if self.random.random() < 0.06:
            return scripts.unspendable_script(self.random)
        return self.random.choice(self.pool)

    def split(self, total: int, parts: int) -> list[int]:
        """Split an amount at random, evenly, or with a few satoshi or nothing in some parts."""
        match self.random.randrange(4):
            case 0:
                values = [total // parts] * parts
            case 1:
                values = [min(self.random.randint(0, 9), total // parts) for _ in range(parts)]
            case _:
                cuts = sorted(self.random.randint(0, total) for _ in range(parts - 1))
                values = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
        values[-1] += total - sum(values)
        return values

    def txid(self, name: str) -> str:
        """Return the id of a transaction."""
        return scripts.digest(f"{self.options.seed}/transaction/{name}").hex()

    def output_rows(self, outputs: list[tuple[str, int]]) -> list[Row]:
        """Return rows of (script, value)."""
        return [
            scripts.output_row(index, script, value, self.result.chain, self.options.old_node)
            for index, (script, value) in enumerate(outputs)
        ]

    def add_coins(self, row: Row, mature_at: int) -> None:
        """Make a transaction's outputs spendable from a height on."""
        for output in self.spendable(row):
            key = (row["hash"], output["index"])
            self.coins[key] = Coin(*key, output["value"], mature_at)

    def transaction(self, txid: str, inputs: list[Row], outputs: list[Row]) -> Row:
        """Return a transaction row; its place in the chain is added with its block."""
        return {
            "hash": txid,
            "size": 250,
            "virtual_size": 200,
            "version": 2,
            "lock_time": 0,
            "inputs": inputs,
            "outputs": outputs,
            "input_count": len(inputs),
            "output_count": len(outputs),
            "input_value": 0,
            "output_value": sum(output["value"] for output in outputs),
        }


def block_row(height: int, block_hash: str, time: int, bits: str, transaction_count: int) -> Row:
    """Return a block as bitcoin-etl exports it."""
    return {
        "hash": block_hash,
        "size": 300 + 250 * transaction_count,
        "stripped_size": 300,
        "weight": 1200,
        "number": height,
        "version": 536870912,
        "merkle_root": scripts.digest(f"merkle root of {block_hash}").hex(),
        "timestamp": time,
        "nonce": "2",
        "bits": bits,
        "coinbase_param": f"{height:08x}",
        "transaction_count": transaction_count,
    }
