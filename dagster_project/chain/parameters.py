"""Parameters of the block chains, from the seed that dbt reads too."""

import csv
from dataclasses import dataclass
from functools import cache

from dagster_project.errors import SatledgerError
from dagster_project.settings import SEEDS, Chain


@dataclass(frozen=True)
class ChainParameters:
    """What distinguishes one bitcoin network from another.

    Attributes:
        chain: the network.
        rpc_name: what ``getblockchaininfo`` calls it; empty where no node exists.
        p2pkh_version: base58check version byte of a public key's hash.
        p2sh_version: base58check version byte of a script's hash.
        bech32_prefix: human-readable part of segregated-witness addresses.
        genesis_hash: hash of block 0; empty where it is not fixed.
        genesis_time: header time of block 0, in seconds since 1970.
        genesis_value: output value of block 0, in satoshi.
        initial_subsidy: block subsidy before the first halving, in satoshi.
        halving_interval: blocks between two halvings.
        retarget_interval: blocks between two changes of difficulty.
        block_spacing: intended time between two blocks, in seconds.
    """

    chain: Chain
    rpc_name: str
    p2pkh_version: int
    p2sh_version: int
    bech32_prefix: str
    genesis_hash: str
    genesis_time: int
    genesis_value: int
    initial_subsidy: int
    halving_interval: int
    retarget_interval: int
    block_spacing: int

    def subsidy(self, height: int) -> int:
        """Scheduled subsidy of the block at a height, in satoshi (Bitcoin Core's ``GetBlockSubsidy``)."""
        halvings = height // self.halving_interval
        # Core stops at 64 halvings because shifting a 64-bit number further is undefined in C++.
        return 0 if halvings >= 64 else self.initial_subsidy >> halvings


@cache
def load_parameters(chain: Chain) -> ChainParameters:
    """Parameters of a chain.

    Raises:
        SatledgerError: ``seeds/chain_parameters.csv`` has no row for it.
    """
    path = SEEDS / "chain_parameters.csv"
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["chain"] == chain:
                return ChainParameters(
                    chain=chain,
                    rpc_name=row["rpc_name"],
                    p2pkh_version=int(row["p2pkh_version"]),
                    p2sh_version=int(row["p2sh_version"]),
                    bech32_prefix=row["bech32_prefix"],
                    genesis_hash=row["genesis_hash"],
                    genesis_time=int(row["genesis_time"]),
                    genesis_value=int(row["genesis_value"]),
                    initial_subsidy=int(row["initial_subsidy"]),
                    halving_interval=int(row["halving_interval"]),
                    retarget_interval=int(row["retarget_interval"]),
                    block_spacing=int(row["block_spacing"]),
                )
    raise SatledgerError(f"{path} has no row for the chain {chain}: add one.")
