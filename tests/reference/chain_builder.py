"""Draws the blocks of a random chain one by one, each from a generator of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from . import scripts, serialise
from .accounts import UNSPENDABLE, account_of
from .exchanges import CODES
from .ledger import Row
from .parameters import parameters
from .random_chain import ChainOptions, RandomChain

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


@dataclass(frozen=True)
class Payment:
    """A transaction that is no coinbase, with its fee and its bytes."""

    row: Row
    fee: int
    raw: bytes
    with_witness: bool

    @property
    def wtxid(self) -> str:
        """Its id with witnesses."""
        return serialise.written(serialise.double_sha256(self.raw))


class ChainBuilder:
    """Adds random blocks, and keeps the outputs that may be spent."""

    def __init__(self, options: ChainOptions) -> None:
        self.options = options
        self.result = RandomChain(options, parameters("regtest"))
        self.random = Random(f"{options.seed}/accounts")
        self.coins: dict[tuple[str, int], Coin] = {}
        self.coinbases: list[Row] = []
        self.coinbase_scripts: dict[str, str] = {}
        of_keys = [script for key in range(options.keys) for script in self.sample(scripts.key_scripts, key, 3)]
        odd = self.sample(scripts.odd_scripts, 0, 2)
        self.pool = [*of_keys, *odd, GENESIS_SCRIPT]
        self.miners = self.random.sample(of_keys, min(3, len(of_keys)))
        self.result.labels = self.draw_labels(of_keys)
        hard_bits_from = self.random.randint(1, options.blocks + 10)
        self.hard_bits_from = hard_bits_from if options.hard_bits else None

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
        duplicate = None if quiet or height == 0 else self.draw_duplicate(height)
        if duplicate is not None:
            for output in duplicate["outputs"]:
                self.coins.pop((duplicate["hash"], output["index"]), None)
        payments: list[Payment] = []
        if not quiet:
            # A coinbase that is repeated cannot commit to witnesses.
            with_witnesses = duplicate is None and self.random.random() < 0.5
            for index in range(1, 1 + self.random.randint(0, self.options.payments)):
                payments += self.payment(height, f"{height}/{index}", with_witnesses)
        coinbase, witness = self.coinbase_of(height, duplicate, payments)
        if height > 0:
            self.add_coins(coinbase, height + max(1, self.options.maturity))
            self.coinbases.append(coinbase)
        script = self.coinbase_scripts[coinbase["hash"]]
        raw = [serialise.transaction_bytes(coinbase, script, witness), *(payment.raw for payment in payments)]
        rows = [measured(coinbase, raw[0], witness), *(payment.row for payment in payments)]
        block = self.block(height, time, rows, raw, script)
        for index, row in enumerate(rows):
            place = {"block_number": height, "block_hash": block["hash"], "block_timestamp": time, "index": index}
            # Without enrichment bitcoin-etl knows no input values, and writes a negative fee.
            self.result.transactions.append(
                row | place | {"is_coinbase": index == 0, "fee": 0 if index == 0 else -row["output_value"]}
            )

    def block(self, height: int, time: int, rows: list[Row], raw: list[bytes], coinbase_script: str) -> Row:
        """Mine a block of some transactions (rows and bytes), add it to the chain, and return its row."""
        previous = self.result.blocks[-1]["hash"] if height else serialise.NO_HASH
        hard = self.hard_bits_from is not None and height >= self.hard_bits_from
        sizes = [
            sum(row[name] for row in rows) + 80 + len(serialise.number(len(rows))) for name in ("size", "stripped")
        ]
        block = {
            "hash": "",
            "size": sizes[0],
            "stripped_size": sizes[1],
            "weight": 3 * sizes[1] + sizes[0],
            "number": height,
            "version": 536870912 if height else 1,
            "merkle_root": serialise.merkle_root([row["hash"] for row in rows]),
            "timestamp": time,
            "nonce": "2",
            "bits": HARD_BITS if hard else EASY_BITS,
            "coinbase_param": coinbase_script,
            "transaction_count": len(rows),
        }
        # Nobody can mine a block of that difficulty here, and block 0 has the nonce that it has.
        block = serialise.unmined(block, previous) if hard or height == 0 else serialise.mined(block, previous)
        self.result.blocks.append(block)
        self.result.raw_blocks.append(
            serialise.header_bytes(block, previous) + serialise.number(len(raw)) + b"".join(raw)
        )
        for row in rows:
            del row["stripped"]
        return block

    def coinbase_of(
        self, height: int, duplicate: Row | None, payments: list["Payment"]
    ) -> tuple[Row, list[list[bytes]]]:
        """Return a block's coinbase and its witness."""
        if height == 0:
            return self.genesis_coinbase(), []
        if duplicate is not None:
            return duplicate, []
        fees = sum(payment.fee for payment in payments)
        if not any(payment.with_witness for payment in payments):
            return self.coinbase(height, fees, []), []
        return self.coinbase(height, fees, [payment.wtxid for payment in payments]), [[serialise.WITNESS_NONCE]]

    def draw_duplicate(self, height: int) -> Row | None:
        """Pick an earlier coinbase to be repeated with the same txid, now and then."""
        if not self.options.duplicates or self.random.random() > 0.15:
            return None
        subsidy = self.result.chain.subsidy(height)
        # A repeated commitment would be to the witnesses of another block.
        candidates = [row for row in self.coinbases if row["output_value"] <= subsidy and not commits(row)]
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
        outputs = [scripts.output_row(0, GENESIS_SCRIPT, chain.genesis_value, chain)]
        return self.transaction([], outputs, serialise.GENESIS_COINBASE_SCRIPT)

    def coinbase(self, height: int, fees: int, wtxids: list[str]) -> Row:
        """Claim the whole reward, some of it, less than the fees, or nothing; commit to witnesses where there are."""
        allowed = self.result.chain.subsidy(height) + fees
        unclaimed = self.random.choice(
            [0, 0, 0, 0, self.random.randint(0, min(1000, allowed)), allowed - fees // 2, allowed]
        )
        payees = self.miners if self.random.random() < 0.6 else self.pool
        values = self.split(allowed - unclaimed, self.random.choice([1, 1, 2, 4]))
        outputs = [(self.random.choice(payees), value) for value in values]
        if self.random.random() < 0.5:
            outputs.append((scripts.unspendable_script(self.random), 0))
        if wtxids:
            outputs.append((serialise.commitment_script(wtxids), 0))
        return self.transaction([], self.output_rows(outputs), f"{height:08x}")

    def payment(self, height: int, name: str, with_witnesses: bool) -> list["Payment"]:
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
        inputs = [self.input(place, coin, name) for place, coin in enumerate(spent)]
        row = self.transaction(inputs, self.output_rows(outputs))
        self.add_coins(row, height)
        witnesses: list[list[bytes]] = []
        if with_witnesses and self.random.random() < 0.7:
            witnesses = [[self.random.randbytes(self.random.choice([0, 1, 71]))] for _ in inputs]
        raw = serialise.transaction_bytes(row, None, witnesses)
        return [Payment(measured(row, raw, witnesses), fee, raw, bool(witnesses))]

    def input(self, place: int, coin: Coin, name: str) -> Row:
        """Return an input that spends a coin; its script makes the transaction's id one of a kind."""
        script = scripts.digest(f"{self.options.seed}/signature/{name}/{place}")[: 8 if place == 0 else place % 3]
        return scripts.input_row(place, coin.txid, coin.index, script.hex())

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

    def transaction(self, inputs: list[Row], outputs: list[Row], coinbase_script: str | None = None) -> Row:
        """Return a transaction row; sizes and its place in the chain are added with its block."""
        row: Row = {
            "hash": "",
            "size": 0,
            "virtual_size": 0,
            "version": 1 if coinbase_script == serialise.GENESIS_COINBASE_SCRIPT else self.version(),
            "lock_time": 0,
            "inputs": inputs,
            "outputs": outputs,
            "input_count": len(inputs),
            "output_count": len(outputs),
            "input_value": 0,
            "output_value": sum(output["value"] for output in outputs),
        }
        row["hash"] = serialise.txid_of(row, coinbase_script)
        if coinbase_script is not None:
            self.coinbase_scripts[row["hash"]] = coinbase_script
        return row

    def version(self) -> int:
        """Draw a version; some nodes print those beyond 31 bits with a sign."""
        return self.random.choice([1, 2, 2, -1, 2**32 - 1])


def commits(row: Row) -> bool:
    """Whether a coinbase commits to witnesses."""
    return any(output["script_hex"].startswith(serialise.COMMITMENT_PREFIX) for output in row["outputs"])


def measured(row: Row, raw: bytes, witnesses: list[list[bytes]]) -> Row:
    """Return a transaction with its sizes; ``stripped`` is for its block."""
    marked = sum(len(serialise.number(len(stack))) + sum(map(len, map(serialise.string, stack))) for stack in witnesses)
    stripped = len(raw) - (marked + 2 if witnesses else 0)
    return row | {"size": len(raw), "virtual_size": (3 * stripped + len(raw) + 3) // 4, "stripped": stripped}
