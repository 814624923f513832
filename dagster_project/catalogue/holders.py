"""The distribution of balances over holders: five families, each for all holders and for the active ones.

An interval holds the balances from its lower bound up to, not including, its upper bound; a threshold those strictly
above it. Bounds are in native units.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from dagster_project.catalogue.metric import Metric

BOUNDS = ["0", "0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1B", "inf"]
INTERVALS = [*pairwise(BOUNDS), ("10M", "inf")]
THRESHOLDS = ["0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M"]
ACTIVE_NOTE = " Active: with at least one ledger entry in the latest 365 days, the day itself included."

COUNT = Metric(
    "",
    "",
    "",
    "Addresses",
    "",
    "Holders",
    "Distribution",
    source_model="holders_daily",
    value_type="count",
    default_aggregation="AVG",
)
BALANCE = replace(COUNT, unit="Native units", subcategory="Combined Balance", value_type="native")
PERCENT = replace(COUNT, unit="Percentage", type="Ratio", subcategory="Share of Addresses", value_type="quotient")
BALANCE_PERCENT = replace(PERCENT, subcategory="Share of Balance")


def _interval_words(lower: str, upper: str) -> str:
    if upper == "inf":
        return f"a balance of {lower} or more"
    if lower == "0":
        return f"a balance above 0 and below {upper}"
    return f"a balance from {lower} to below {upper}"


def _counts_and_balances(prefix: str, group: str, note: str) -> Iterator[Metric]:
    """Yield number and combined balance of one group's holders: by interval, above each threshold, of all."""
    title = group.title()
    ranges = [
        (f"{lower}_to_{upper}", f"{lower} to {upper}", _interval_words(lower, upper)) for lower, upper in INTERVALS
    ]
    ranges += [(f"over_{bound}", f"over {bound}", f"a balance that exceeds {bound}") for bound in THRESHOLDS]
    ranges.append(("total", "Any Balance", "a balance above 0"))
    for suffix, label, words in ranges:
        yield replace(
            COUNT,
            id=f"{prefix}holders_distribution_{suffix}",
            name=f"{title} with {label}",
            description=f"Number of {group} with {words} native units at the day's end.{note}",
        )
        yield replace(
            BALANCE,
            id=f"{prefix}holders_distribution_combined_balance_{suffix}",
            name=f"Combined Balance of {title} with {label}",
            description=f"Sum of the balances of {group} with {words} native units at the day's end.{note}",
        )


def _shares(prefix: str, group: str, note: str) -> Iterator[Metric]:
    """Yield the intervals' parts of all holders and of these holders' combined balance, both in percent."""
    for lower, upper in INTERVALS:
        yield replace(
            PERCENT,
            id=f"percent_of_{prefix}holders_distribution_{lower}_to_{upper}",
            name=f"Percentage of {group.title()} with {lower} to {upper}",
            description=f"100 x number of {group} with {_interval_words(lower, upper)} native units / that of all "
            f"holders, active or not: from 0 to 100; null where nobody holds anything.{note}",
        )
        yield replace(
            BALANCE_PERCENT,
            id=f"percent_of_{prefix}holders_distribution_combined_balance_{lower}_to_{upper}",
            name=f"Percentage of Balance of {group.title()} with {lower} to {upper}",
            description=f"100 x combined balance of {group} with {_interval_words(lower, upper)} native units / that "
            f"of all holders, active or not: from 0 to 100; null where nobody holds anything.{note}",
        )


def holders() -> Iterator[Metric]:
    """Yield every metric of the holders' distribution.

    ``10M_to_inf`` adds up the last three intervals, for those who knew the distribution before it was split there. The
    active shares have a second id, with ``active_`` in front of ``percent_of_``.
    """
    for prefix, group, note in (("", "holders", ""), ("active_", "active holders", ACTIVE_NOTE)):
        yield from _counts_and_balances(prefix, group, note)
        yield from _shares(prefix, group, note)
    for metric in _shares("active_", "active holders", ACTIVE_NOTE):
        alias = metric.id.replace("percent_of_active_holders", "active_percent_of_holders")
        yield replace(metric, id=alias, description=f"Other id of {metric.id}.", alias_of=metric.id)
