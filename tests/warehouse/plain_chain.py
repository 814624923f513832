"""Chains of coinbases alone, at given times: what is left when nobody pays anybody."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dagster_project.settings import Chain
from tests.reference.chain_builder import ChainBuilder
from tests.reference.chains import ChainOptions, RandomChain
from tests.warehouse.harness import Home


def plain_chain(times: Sequence[datetime]) -> RandomChain:
    """A regtest chain with block 0 and a block at each time, each with its coinbase alone; without labels and prices.

    Args:
        times: in UTC, in order.
    """
    options = ChainOptions(seed=1, labels=0, duplicates=False, min_confirmations=0)
    builder = ChainBuilder(options)
    builder.add_block(0, builder.result.chain.genesis_time, quiet=True)
    for height, time in enumerate(times, start=1):
        builder.add_block(height, int(time.timestamp()), quiet=True)
    return builder.result


def home_of(chain: RandomChain, folder: Path) -> Home:
    """A home whose lake holds the chain's raw days; nothing is built."""
    chain.write_export(folder / "export")
    home = Home.of_files(folder / "home", folder / "export", Chain.REGTEST, min_confirmations=0)
    home.extract()
    return home
