"""Miners and exchanges: supplies, flows, and the flows between them."""

from collections.abc import Iterator
from dataclasses import replace

from dagster_project.catalogue.metric import Metric, exchange_names, in_both_units

MEMBERS = {
    0: "miners (0 hop: every account that a coinbase has credited by that day)",
    1: "miners and accounts one hop from them (1 hop: every account that a coinbase or a transaction spending from a "
    "0-hop account has credited by that day; 0-hop accounts included)",
}


def miners() -> Iterator[Metric]:
    """Yield miners' supply and flows for both hops, and the ratios of miners' outflows to their revenue."""
    base = Metric("", "", "", "", "", "Mining", "Balances", source_model="miners_daily")
    for hop, members in MEMBERS.items():
        supply = "Miner Supply" if hop == 0 else "Supply One Hop from Miners"
        who = "by Miners" if hop == 0 else "One Hop from Miners"
        yield from in_both_units(
            replace(
                base,
                id=f"SplyMiner{hop}HopAll",
                name=supply,
                description=f"Balances at the day's end of all {members}.",
            )
        )
        netted = "netted as one party in each transaction, so that moves inside the set and change do not count"
        for direction, name, subcategory, kind, text in (
            (
                "In",
                f"Flows Received {who}",
                "Flows In",
                "Sum",
                "Sum of the set's positive nets, block rewards included",
            ),
            (
                "Out",
                f"Flows Sent {who}",
                "Flows Out",
                "Sum",
                "Sum of the set's negative nets, sign dropped, fees paid included",
            ),
            (
                "Net",
                "Miner Net Flows" if hop == 0 else "Net Flows One Hop from Miners",
                "Net Flows",
                "",
                "Flows in minus flows out",
            ),
        ):
            yield from in_both_units(
                replace(
                    base,
                    id=f"FlowMiner{direction}{hop}HopAll",
                    name=name,
                    subcategory=subcategory,
                    type=kind,
                    default_aggregation="SUM",
                    description=f"{text}, of all {members}, {netted}.",
                )
            )
    ratio = replace(base, type="Ratio", subcategory="Flows Out", value_type="quotient")
    for hop, name in ((0, "Miner's Rolling Inventory, 30 Day"), (1, "Miner's Rolling Inventory One Hop, 30 Day")):
        yield replace(
            ratio,
            id=f"MRI{hop}HopAll30d",
            name=name,
            unit="Percentage",
            description=f"100 x (30-day sum of FlowMinerOut{hop}HopAllNtv) / (30-day sum of RevNtv): above 100 the set "
            "sends on more than miners earn.",
        )
    yield replace(
        ratio,
        id="MOMR",
        name="Miner Outflow Multiple of Revenue",
        unit="Dimensionless",
        description="FlowMinerOut1HopAllNtv / RevNtv of the day; null where there is no revenue.",
    )


def miner_exchange_flows() -> Iterator[Metric]:
    """Yield transfers between members of each hop and each exchange, and all exchanges as one."""
    parties = [("Ex", "Exchanges", "all labelled exchanges, as one party")]
    parties += [
        (code, name, f"{name}, all its labelled accounts as one party") for code, name in exchange_names().items()
    ]
    base = Metric("", "", "", "", "Sum", "Mining", "Exchange Flows", source_model="miner_exchange_flows_daily")
    share = (
        "Each transaction's senders give to its receivers pro rata of their nets; labelled accounts belong to their "
        "exchange and are not counted as miners."
    )
    for hop, members in MEMBERS.items():
        for code, name, party in parties:
            received = "Flows Received by Miners from" if hop == 0 else "Flows Received One Hop from Miners from"
            sent = "Flows Sent by Miners to" if hop == 0 else "Flows Sent One Hop from Miners to"
            if (hop, code) == (1, "Ex"):
                sent = "Flow Sent One Hop from Miners to"  # as published
            yield from in_both_units(
                replace(
                    base,
                    id=f"FlowMinerIn{hop}HopAll{code}",
                    exchange=code,
                    name=f"{received} {name}",
                    description=f"Transfers from {party}, to {members}. {share}",
                )
            )
            yield from in_both_units(
                replace(
                    base,
                    id=f"FlowMinerOut{hop}HopAll{code}",
                    exchange=code,
                    name=f"{sent} {name}",
                    description=f"Transfers to {party}, from {members}. {share}",
                )
            )


def exchanges() -> Iterator[Metric]:
    """Yield flows into and out of each exchange, and its balance; ``Ex`` is all of them, netted as one party."""
    base = Metric("", "", "", "", "", "Exchange", "", source_model="exchanges_daily")
    missing = "null where fewer addresses of it are labelled than the setting SATLEDGER_MIN_LABELS says, by default 1"
    parties = {"Ex": "Exchange"} | exchange_names()
    for code, name in parties.items():
        party = "all labelled exchanges" if code == "Ex" else name
        netted = f"with all labelled accounts of {party} netted as one party in each transaction; {missing}."
        title = "Kucoin" if code == "KCN" else name  # as published
        for prefix, noun, subcategory, kind, text in (
            ("FlowIn", "Flows In", "Flows In", "Sum", f"Sum of what transactions of the day brought to {party}"),
            (
                "FlowOut",
                "Flows Out",
                "Flows Out",
                "Sum",
                f"Sum of what transactions of the day took from {party}, fees it paid included",
            ),
            ("FlowNet", "Net Flows", "Net Flows", "", f"Flows into {party} minus flows out of it"),
        ):
            yield from in_both_units(
                replace(
                    base,
                    id=f"{prefix}{code}",
                    exchange=code,
                    name=f"{title} {noun}",
                    subcategory=subcategory,
                    type=kind,
                    default_aggregation="SUM",
                    description=f"{text}, {netted}",
                )
            )
        yield from in_both_units(
            replace(
                base,
                id=f"Sply{code}",
                exchange=code,
                name=f"{title} Supply",
                subcategory="Balances",
                description=f"Balances at the day's end of all labelled accounts of {party}; {missing}.",
            )
        )


def aliases(metrics: list[Metric]) -> Iterator[Metric]:
    """Yield the two ids that were once published with a suffix."""
    regular = {metric.id: metric for metric in metrics}
    for alias in ("FlowNetBNBNtvFlow", "FlowNetBTXNtvFlow"):
        metric = regular[alias.removesuffix("Flow")]
        yield replace(metric, id=alias, description=f"Other id of {metric.id}.", alias_of=metric.id)
