"""Exchange labels of the sample chain: some of its exchanges' addresses, like a real label set."""

import csv
from datetime import timedelta
from pathlib import Path

import numpy as np

from dagster_project.blocks.addresses import account_of
from dagster_project.labels.model import Exchanges
from dagster_project.sample import accounts
from dagster_project.sample.accounts import Owners
from dagster_project.sample.coinbases import EXCHANGE_POOL
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import EXCHANGES, POOL_COUNT
from dagster_project.sample.scripts import output_scripts

COLUMNS = ("address", "exchange_code", "exchange_name", "role", "source", "as_of", "confidence")
SOURCE = "satledger sample chain"
HOT, COLD = 2, 1  # number of known addresses of an exchange, out of three and two


def labelled_accounts(chain: SampleChain, exchange: int) -> list[tuple[int, str]]:
    """The accounts of an exchange that are publicly known, with their roles.

    Of the deposit addresses a tenth is known, and those of every second pool.
    """
    plan = chain.plan
    hot = accounts.hot_accounts(np.full(HOT, exchange), np.arange(HOT))
    cold = accounts.cold_accounts(np.full(COLD, exchange), np.arange(COLD))
    pools = Owners(plan).pool + np.arange(EXCHANGE_POOL % 2, POOL_COUNT, 2)
    payers = np.append(np.arange(plan.deposit_addresses // 10), pools)
    deposit = accounts.deposit_accounts(plan, np.full(len(payers), exchange), payers)
    roles = (("hot", hot), ("cold", cold), ("deposit", deposit))
    return [(account, role) for role, members in roles for account in members.tolist()]


def write_labels(path: Path, chain: SampleChain) -> None:
    """Write the label file of the sample chain, ordered by address."""
    names = Exchanges().names
    rows = {}
    for exchange, code in enumerate(EXCHANGES):
        roles = dict(labelled_accounts(chain, exchange))
        as_of = chain.date(0) + timedelta(days=30 + 5 * exchange)
        scripts = output_scripts(chain.plan.seed, np.array(list(roles), dtype=np.int64))
        for number, role in enumerate(roles.values()):
            address = account_of(scripts[number], chain.parameters)
            rows[address] = (address, code, names[code], role, SOURCE, as_of.isoformat(), "certain")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows[address] for address in sorted(rows))
