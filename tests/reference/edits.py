"""Chains with changes in them that are true again: ids, Merkle roots, sizes, links and work fit what was changed."""

from .ledger import Row
from .serialise import NO_HASH, merkle_root, mined, number, transaction_bytes, txid_of, unmined

HEADER_BYTES = 80


def resealed(blocks: list[Row], transactions: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return a regtest chain from block 0 on whose rows were changed, with all that depends on them computed again.

    Its blocks have no witnesses. Inputs go on spending the outputs that they spent.
    """
    ids: dict[str, str] = {}
    sealed: list[Row] = []
    found: list[Row] = []
    for block in blocks:
        rows = [
            _renamed(row, ids, block["coinbase_param"])
            for row in transactions
            if row["block_number"] == block["number"]
        ]
        size = HEADER_BYTES + len(number(len(rows))) + sum(row["size"] for row in rows)
        changed = {
            "transaction_count": len(rows),
            "merkle_root": merkle_root([row["hash"] for row in rows]),
            "size": size,
            "stripped_size": size,
            "weight": 4 * size,
        }
        sealed.append(_linked(block | changed, sealed))
        found += [row | {"block_hash": sealed[-1]["hash"]} for row in rows]
    return sealed, found


def branched(blocks: list[Row], transactions: list[Row], first: int) -> tuple[list[Row], list[Row]]:
    """Return a regtest chain from block 0 on with other blocks of the same transactions from a height on."""
    chain: list[Row] = []
    for block in _by_height(blocks):
        other = block["number"] >= first
        chain.append(_linked(block | {"version": block["version"] ^ 1}, chain) if other else block)
    names = {block["number"]: block["hash"] for block in chain}
    return chain, [row | {"block_hash": names[row["block_number"]]} for row in transactions]


def _by_height(blocks: list[Row]) -> list[Row]:
    return sorted(blocks, key=lambda row: row["number"])


def _renamed(row: Row, ids: dict[str, str], coinbase_script: str) -> Row:
    inputs = [
        item | {"spent_transaction_hash": ids.get(item["spent_transaction_hash"], item["spent_transaction_hash"])}
        for item in row["inputs"]
    ]
    row = row | {"inputs": inputs}
    script = coinbase_script if row["is_coinbase"] else None
    ids[row["hash"]] = txid_of(row, script)
    size = len(transaction_bytes(row, script))
    return row | {"hash": ids[row["hash"]], "size": size, "virtual_size": size}


def _linked(block: Row, before: list[Row]) -> Row:
    if not before:
        return unmined(block, NO_HASH)
    return mined(block, before[-1]["hash"])
