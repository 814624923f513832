"""The metric catalogue: every metric that satledger serves, generated from its families.

``python -m dagster_project.catalogue`` writes ``seeds/metric_catalog.csv``, which drives the long table
``metrics_daily``, the API and the tests, and ``docs/metrics.md``, its page for readers. Ids, and the names, units and
categories of the hash rate, miner and exchange families, are those that users of Coin Metrics know; the holders' ids
are those that users of Santiment know.

The field ``type`` says how a value sums up its day: Sum or Mean over the day's events, Ratio of two values, or empty
for a stock, a difference and whatever else is no aggregate. ``default_aggregation`` says how daily values become one
for a longer interval: SUM for flows and counts of events, AVG for means, ratios, rates and, as Santiment has it, all
series of holders, LAST for other stocks and prices.
"""

from dagster_project.catalogue.basics import daily_basics, hash_rate
from dagster_project.catalogue.flows import aliases, exchanges, miner_exchange_flows, miners
from dagster_project.catalogue.holders import holders
from dagster_project.catalogue.metric import Metric, with_aggregation

__all__ = ["Metric", "catalogue"]


def catalogue() -> list[Metric]:
    """Return every metric, ordered by family.

    Order and texts depend on nothing but the seeds ``assets.csv`` and ``exchanges.csv``.
    """
    by_exchange = list(exchanges())
    families = (
        daily_basics(),
        hash_rate(),
        miners(),
        miner_exchange_flows(),
        by_exchange,
        aliases(by_exchange),
        holders(),
    )
    return [with_aggregation(metric) for family in families for metric in family]
