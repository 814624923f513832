"""Accounts of scripts by the pipeline's code: what scripts commit to, spelled by the function that models call."""

from collections.abc import Sequence

import duckdb
import numpy as np

from dagster_project.blocks.columns import Slices
from dagster_project.blocks.parameters import ChainParameters
from dagster_project.blocks.scripts import KINDS, commitments
from dagster_project.warehouse.address_functions import add_address_function
from tests.blocks.raw import array, strings


def slices(strings: Sequence[bytes], gap: bytes = b"\xac\x87") -> Slices:
    """Strings in one buffer, with other bytes between them."""
    lengths = np.array([len(one) for one in strings], dtype=np.int64)
    starts = np.cumsum(lengths + len(gap)) - lengths
    return Slices(array(gap + gap.join(strings)), starts, lengths)


def kinds_and_payloads(scripts: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """The kind and the payload of each script."""
    found = commitments(slices(scripts))
    return [(KINDS[kind], payload) for kind, payload in zip(found.kinds.tolist(), strings(found.payloads), strict=True)]


def accounts(scripts: Sequence[bytes], parameters: ChainParameters) -> list[str]:
    """The account of each script, written as the models write it."""
    with duckdb.connect() as connection:
        add_address_function(connection)
        return [spelled(connection, kind, payload, parameters) for kind, payload in kinds_and_payloads(scripts)]


def spelled(connection: duckdb.DuckDBPyConnection, kind: str, payload: bytes, parameters: ChainParameters) -> str:
    """How an account is written, by a connection that knows the function."""
    hrp, text = parameters.bech32_prefix, f"unhex('{payload.hex()}')"
    match kind:
        case "nulldata":
            return "UNSPENDABLE"
        case "pubkey" | "pubkeyhash":
            return call(connection, f"address('', {parameters.p2pkh_version}, {text})")
        case "scripthash":
            return call(connection, f"address('', {parameters.p2sh_version}, {text})")
        case "witness_v0_keyhash" | "witness_v0_scripthash":
            return call(connection, f"address('{hrp}', 0, {text})")
        case "witness_v1_taproot":
            return call(connection, f"address('{hrp}', 1, {text})")
        case "witness_unknown":
            return call(connection, f"address('{hrp}', {payload[0] - 80}, {text}[3:])")
    return "nonstandard" + payload.hex()


def call(connection: duckdb.DuckDBPyConnection, expression: str) -> str:
    """The value of an expression that uses the function."""
    ((value,),) = connection.execute(f"SELECT {expression}").fetchall()
    return value
