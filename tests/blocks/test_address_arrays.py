"""Addresses of many hashes at once are those that other libraries make one by one."""

import base58
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.blocks.address_arrays import base58check, segwit
from tests.sample.script_reader import segwit_address


@given(st.integers(0, 255), st.lists(st.binary(min_size=20, max_size=20), min_size=1, max_size=5))
def test_base58check(version: int, hashes: list[bytes]) -> None:
    rows = np.array([list(each) for each in hashes], dtype=np.uint8)
    expected = [base58.b58encode_check(bytes([version]) + each).decode() for each in hashes]
    assert base58check(version, rows).tolist() == expected


@given(
    st.sampled_from(["bc", "tb", "satl"]),
    st.integers(0, 16),
    st.integers(2, 40).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=5)),
)
def test_segwit(prefix: str, version: int, programs: list[bytes]) -> None:
    rows = np.array([list(each) for each in programs], dtype=np.uint8)
    assert segwit(prefix, version, rows).tolist() == [segwit_address(prefix, version, each) for each in programs]


def test_addresses_known_from_the_standards() -> None:
    hashed = np.frombuffer(bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6"), dtype=np.uint8)[None]
    assert segwit("bc", 0, hashed)[0] == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    output_key = np.frombuffer(bytes.fromhex(key), dtype=np.uint8)[None]
    assert segwit("bc", 1, output_key)[0] == "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
