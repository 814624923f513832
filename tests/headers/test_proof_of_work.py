"""Targets, difficulty and work against values known from Bitcoin."""

import pytest

from dagster_project.headers.proof_of_work import difficulty, target, work

ONE = "1d00ffff"


def test_values_of_known_blocks() -> None:
    assert work(ONE) == 0x100010001
    assert difficulty(ONE, ONE) == 1.0
    assert target("1b0404cb") == 0x0404CB << 192
    assert difficulty("1b0404cb", ONE) == 16307.420938523983
    # Block 840,000 of mainnet, whose difficulty every node gives as 86388558925171.02.
    assert difficulty("17034219", ONE) == pytest.approx(86388558925171.02, rel=1e-15)


def test_difficulty_one_of_the_equihash_chains_is_their_limit() -> None:
    assert difficulty("1f07ffff", "1f07ffff") == 1.0
    assert work("1f07ffff") == 8192
    assert difficulty("1c00ffff", "1f07ffff") == (0x7FFFF << 224) / (0xFFFF << 200)


@pytest.mark.parametrize("bits", ["", "xyz", "1d00ffff00", "1d80ffff", "00000000", "1d000000", "ff00ffff", "01003456"])
def test_what_is_no_target_is_refused(bits: str) -> None:
    with pytest.raises(ValueError, match="no target"):
        target(bits)


def test_work_that_does_not_fit_the_digits_of_sql_is_refused() -> None:
    assert 2**119 < work("1200ffff") < 10**38
    with pytest.raises(ValueError, match="more work"):
        work("1100ffff")
