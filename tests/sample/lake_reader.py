"""A raw day read back from its files, and every id in it computed anew with the standard library alone."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

# Scripts of outputs by what the lake keeps of them.
FORMS = {
    "pubkeyhash": ("76a914", "88ac"),
    "scripthash": ("a914", "87"),
    "witness_v0_keyhash": ("0014", ""),
    "witness_v0_scripthash": ("0020", ""),
    "witness_v1_taproot": ("5120", ""),
    "witness_unknown": ("", ""),
}


def double(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def number(value: int) -> bytes:
    return bytes([value]) if value < 0xFD else b"\xfd" + value.to_bytes(2, "little")


def little(value: int, size: int = 4) -> bytes:
    return (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def merkle(level: list[bytes]) -> bytes:
    while len(level) > 1:
        level = level + level[-1:] * (len(level) % 2)
        level = [double(left + right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def read_back(folder: Path) -> list[int]:
    """How many transactions each block of a day has, once all its ids are found to fit (with ``keep_scripts``).

    Raises:
        AssertionError: an id, a root or a link does not.
    """
    tables = {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("blocks", "transactions")}
    inputs, outputs = (_grouped(folder, name) for name in ("inputs", "outputs"))
    by_height: dict[int, list[dict[str, Any]]] = {}
    for transaction in tables["transactions"]:
        by_height.setdefault(transaction["height"], []).append(transaction)
    parent = None
    for block in tables["blocks"]:
        ids = []
        for row in by_height[block["height"]]:
            place = (row["height"], row["tx_index"])
            spends = [
                input_["spent_txid"][::-1] + little(input_["spent_output_index"]) + _string(input_["script"])
                + little(input_["sequence"])
                for input_ in inputs.get(place, [])
            ]  # fmt: skip
            if row["tx_index"] == 0:
                spends = [bytes(32) + b"\xff" * 4 + _string(block["coinbase_script"]) + b"\xff" * 4]
            pays = [little(output["value"], 8) + _string(_script(output)) for output in outputs[place]]
            data = little(row["version"]) + number(len(spends)) + b"".join(spends)
            data += number(len(pays)) + b"".join(pays) + little(row["lock_time"])
            ids.append(double(data))
            assert ids[-1][::-1] == row["txid"]
        assert merkle(ids)[::-1] == block["merkle_root"]
        header = little(block["version"]) + block["previous_hash"][::-1] + block["merkle_root"][::-1]
        header += little(block["time"]) + little(block["bits"]) + little(block["nonce"])
        assert double(header)[::-1] == block["hash"]
        assert parent in (None, block["previous_hash"])
        parent = block["hash"]
    return [len(by_height[block["height"]]) for block in tables["blocks"]]


def _grouped(folder: Path, name: str) -> dict[tuple[int, int], list[dict[str, Any]]]:
    groups: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in pq.read_table(folder / f"{name}.parquet").to_pylist():
        groups.setdefault((row["height"], row["tx_index"]), []).append(row)
    return groups


def _string(data: bytes) -> bytes:
    return number(len(data)) + data


def _script(output: dict[str, Any]) -> bytes:
    if output["script"] is not None:
        return output["script"]
    before, behind = FORMS[output["script_type"]]
    return bytes.fromhex(before) + output["payload"] + bytes.fromhex(behind)
