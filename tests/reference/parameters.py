"""Chain parameters of the reference, read from the project's one table of them."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SEED = Path(__file__).resolve().parents[2] / "seeds" / "chain_parameters.csv"


@dataclass(frozen=True)
class ChainParameters:
    """What the reference needs to know about a chain; amounts in satoshi."""

    chain: str
    p2pkh_version: int
    p2sh_version: int
    bech32_prefix: str
    genesis_hash: str
    genesis_time: int
    genesis_value: int
    initial_subsidy: int
    halving_interval: int

    def subsidy(self, height: int) -> int:
        """Return the reward that the schedule allows at a height, in satoshi; it is 0 from the 64th halving on."""
        halvings = height // self.halving_interval
        return 0 if halvings >= 64 else self.initial_subsidy >> halvings


@cache
def parameters(chain: str) -> ChainParameters:
    """Return the row of a chain in ``seeds/chain_parameters.csv``; KeyError where there is none."""
    with SEED.open(newline="") as file:
        row = {row["chain"]: row for row in csv.DictReader(file)}[chain]
    return ChainParameters(
        chain=chain,
        p2pkh_version=int(row["p2pkh_version"]),
        p2sh_version=int(row["p2sh_version"]),
        bech32_prefix=row["bech32_prefix"],
        genesis_hash=row["genesis_hash"],
        genesis_time=int(row["genesis_time"]),
        genesis_value=int(row["genesis_value"]),
        initial_subsidy=int(row["initial_subsidy"]),
        halving_interval=int(row["halving_interval"]),
    )
