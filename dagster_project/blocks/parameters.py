"""Parameters of the block chains, read from the seed that dbt uses too."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dagster_project.blocks.difficulty import Retargeting, Rules
from dagster_project.errors import SatledgerError
from dagster_project.settings import SEEDS, Chain

# Block 0 of other chains that a user may supply by mistake. Forks of Bitcoin (Bitcoin Cash, Bitcoin SV, Bitcoin Gold)
# share its block 0, so they are not recognised here.
FOREIGN_GENESIS: Mapping[str, str] = {
    "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943": "testnet3",
    "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2": "Litecoin",
    "4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4e3e29a0": "Litecoin's testnet",
    "1a91e3dace36e2be3bf030a65679fe821aa1d6ef92e7c9902eb318182c355691": "Dogecoin",
    "bb0a78264637406b6360aad926284d544d7049f45189db5664f3c4d07350559e": "Dogecoin's testnet",
    "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6": "Dash",
    "00040fe8ec8471911baa1db1266ea15dd06b4a8a5c453883c000b031973dce08": "Zcash",
    "000000000062b72c5e2ceb45fbc8587e807c155b0da735e6483dfba2f0a9c770": "Namecoin",
}


# The first height at which blocks have witnesses (BIP 141). Not in the seed, because no dbt model needs it.
SEGWIT_HEIGHTS: Mapping[Chain, int] = {Chain.MAINNET: 481_824, Chain.TESTNET4: 1, Chain.SIGNET: 1}


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
        retargeting: how the target of the next block is set; ``none`` for chains without proof of work.
        target_limit: the easiest target, in compact form.
        magic: the four bytes that stand before each block in a node's files, in hexadecimal digits.
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
    retargeting: Retargeting
    target_limit: int
    magic: str

    @property
    def rules(self) -> Rules:
        """The chain's rules for the targets of its blocks."""
        return Rules(self.retargeting, self.target_limit, self.retarget_interval, self.block_spacing)

    @property
    def segwit_height(self) -> int:
        """The first height at which blocks have witnesses."""
        return SEGWIT_HEIGHTS.get(self.chain, 0)

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
                    retargeting=Retargeting(row["retargeting"]),
                    target_limit=int(row["target_limit"], 16),
                    magic=row["magic"],
                )
    raise SatledgerError(f"{path} has no row for the chain {chain}: add one.")


def chain_of_genesis(block_hash: str) -> Chain | str | None:
    """The chain that begins with a block: one of ours, the name of another, or None where it is not known."""
    for chain in Chain:
        if block_hash and load_parameters(chain).genesis_hash == block_hash:
            return chain
    return FOREIGN_GENESIS.get(block_hash)
