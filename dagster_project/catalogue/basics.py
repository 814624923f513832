"""Daily basics: blocks, difficulty, issuance, fees, revenue, supply, transactions, accounts, prices; the hash rate."""

from collections.abc import Iterator
from dataclasses import replace

from dagster_project.catalogue.metric import UNIT_NAMES, Metric, all_assets, in_both_units


def daily_basics() -> Iterator[Metric]:
    """Yield blocks, difficulty, issuance, fees, revenue, supply, transactions, active accounts and prices."""
    every = all_assets()
    base = Metric("", "", "", "", "Sum", "Network Usage", "Blocks", source_model="blocks_daily", value_type="count")
    yield replace(
        base,
        id="BlkCnt",
        name="Block Count",
        unit="Blocks",
        asset_scope=every,
        description="Main chain blocks of the day; a Bitcoin block belongs to the UTC date of its median time.",
    )
    yield replace(
        base,
        id="BlkHgt",
        name="Block Height",
        unit="Blocks",
        type="",
        description="Height of the main chain's last block at the day's end: the sum of BlkCnt up to that day, because "
        "block 0 is not counted.",
    )
    yield replace(
        base,
        id="BlkIntMean",
        name="Mean Block Interval",
        unit="Seconds",
        type="Mean",
        asset_scope=every,
        value_type="quotient",
        description="Mean over the day's blocks of the absolute difference between the block's header time and its "
        "parent's, in seconds; null on a day without blocks.",
    )
    yield replace(
        base,
        id="DiffMean",
        name="Mean Difficulty",
        unit="Dimensionless",
        type="Mean",
        asset_scope=every,
        category="Mining",
        subcategory="Difficulty",
        value_type="quotient",
        description="Mean difficulty of the day's blocks: how many times harder than the chain's easiest target a "
        "block's target is (hashes per block on Ethereum, Ethereum Classic and Monero); null without blocks.",
    )
    fees = replace(base, category="Fees and Revenue")
    yield from in_both_units(
        replace(
            base,
            id="IssTot",
            name="Total Issuance",
            category="Supply",
            subcategory="Issuance",
            description="Subsidy that the schedule grants to the day's blocks; what a miner left unclaimed is not "
            "subtracted here, but in SplyCur.",
        )
    )
    yield from in_both_units(
        replace(
            fees,
            id="FeeTot",
            name="Total Fees",
            subcategory="Fees",
            description="All transaction fees of the day: inputs minus outputs of its transactions.",
        )
    )
    yield from in_both_units(
        replace(
            fees,
            id="Rev",
            name="Miner Revenue",
            subcategory="Revenue",
            asset_scope=every,
            description="Miners' revenue of the day: IssTotNtv + FeeTotNtv for btc, the coinbase outputs of other "
            "bitcoin-like chains, the block rewards of xmr; null for eth and etc unless supplied.",
        )
    )
    yield replace(
        base,
        id="SplyCur",
        name="Current Supply",
        unit=UNIT_NAMES["Ntv"],
        type="",
        value_type="native",
        category="Supply",
        subcategory="Current",
        description="Sum of all user balances at the day's end, less the output of block 0: provably unspendable "
        "outputs and unclaimed rewards are not part of it.",
    )
    yield replace(
        base,
        id="TxCnt",
        name="Transaction Count",
        unit="Transactions",
        category="Transactions",
        subcategory="Transactions",
        description="Transactions in the day's blocks, coinbases not counted.",
    )
    yield replace(
        base,
        id="AdrActCnt",
        name="Active Addresses",
        unit="Addresses",
        category="Addresses",
        subcategory="Active",
        # One account that is active on two days is one account.
        default_aggregation="AVG",
        description="Number of different accounts with a ledger entry on the day, those that coinbases pay included; "
        "without block 0.",
    )
    price = replace(base, unit="USD", type="", category="Market", subcategory="Price", asset_scope=every)
    yield replace(
        price,
        id="PriceUSD",
        name="Price (USD)",
        source_model="prices_daily",
        value_type="usd",
        description="Closing price of one native unit in USD, fixed at 00:00 UTC of the following day, as the price "
        "source gives it; null where it gives none.",
    )
    reference_rate = replace(
        price,
        id="ReferenceRate",
        name="Reference Rate",
        source_model="reference_rates_daily",
        value_type="usd",
        description="Price of one native unit in USD at 00:00 UTC of the day, that is PriceUSD of the day before; so "
        "its rows end one day after those of PriceUSD.",
    )
    yield reference_rate
    yield replace(
        reference_rate,
        id="ReferenceRateUSD",
        description="Other id of ReferenceRate.",
        alias_of="ReferenceRate",
    )


def hash_rate() -> Iterator[Metric]:
    """Yield hash rate and revenue per hash of the eleven assets."""
    base = Metric(
        "",
        "",
        "",
        "",
        "",
        "Mining",
        "Hash Rate",
        asset_scope=all_assets(),
        source_model="hash_rate_daily",
        value_type="quotient",
        default_aggregation="AVG",
    )
    yield replace(
        base,
        id="HashRate",
        name="Mean Hash Rate",
        unit="Varies",
        description="Mean rate at which miners solved hashes that day, from difficulty or chainwork by the asset's "
        "formula (seed hash_rate_parameters): TH/s for bch bsv btc etc eth ltc, GH/s for btg dash vtc zec, MH/s for "
        "xmr; null without blocks, and for eth after 2022-09-15.",
    )
    yield replace(
        base,
        id="HashRate30d",
        name="Mean Hash Rate, 30 Day",
        unit="Varies",
        description="Mean of the latest 30 daily values of HashRate that exist, in HashRate's unit; null before there "
        "are 30.",
    )
    for suffix, unit in UNIT_NAMES.items():
        label = unit if suffix == "USD" else unit.lower()
        revenue = f"Rev{suffix}"
        yield replace(
            base,
            id=f"RevHash{suffix}",
            name=f"Miner Revenue per Hash ({label})",
            unit=unit,
            description=f"{revenue} / (HashRate x 86400): miners' revenue per unit of hashes done that day (per "
            "terahash where HashRate is in TH/s).",
        )
        yield replace(
            base,
            id=f"RevHashRate{suffix}",
            name=f"Miner Revenue per Hash per Sec ({label})",
            unit=unit,
            description=f"{revenue} / HashRate: what one unit of hash rate kept up for the whole day earned.",
        )
        yield replace(
            base,
            id=f"RevHash1yAvg{suffix}",
            name=f"Yearly Avg. Miner Revenue per Hash ({label})",
            # The published catalogue spells this one unit with two capitals.
            unit=unit if suffix == "USD" else "Native Units",
            description=f"Mean of the latest 365 daily values of RevHash{suffix} that exist; null before there are "
            "365.",
        )
