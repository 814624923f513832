"""Double SHA-256 in compiled code against ``hashlib``."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.blocks.sha256 import double_sha256
from tests.blocks.raw import array
from tests.reference.serialise import double_sha256 as expected

# A message and its length fill a block of 64 bytes at 55, and need another one from 56 on.
EDGES = [0, 1, 3, 4, 31, 32, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 121, 127, 128, 129, 1_000, 70_000]


def hashed(strings: list[bytes], gap: bytes = b"") -> list[bytes]:
    """The hashes of some strings that lie in one buffer, with other bytes between them."""
    lengths = np.array([len(one) for one in strings], dtype=np.int64)
    starts = np.cumsum(lengths + len(gap)) - lengths
    return [row.tobytes() for row in double_sha256(array(gap + gap.join(strings)), starts, lengths)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=70), st.sampled_from([b"", b"\x80\xff"]))
def test_any_strings(strings: list[bytes], gap: bytes) -> None:
    """Any number of them: 16 are hashed side by side, of which the last ones may be fewer."""
    assert hashed(strings, gap) == [expected(one) for one in strings]


def test_lengths_at_the_edges_of_blocks() -> None:
    random = Random(1)
    strings = [random.randbytes(length) for length in EDGES for _ in range(3)]
    random.shuffle(strings)
    assert hashed(strings) == [expected(one) for one in strings]
    assert [hashed([one])[0] for one in strings] == [expected(one) for one in strings]


def test_overlapping_strings() -> None:
    data = Random(2).randbytes(500)
    starts, lengths = np.arange(400), np.full(400, 100)
    found = double_sha256(array(data), starts, lengths)
    assert [row.tobytes() for row in found] == [expected(data[start : start + 100]) for start in range(400)]
