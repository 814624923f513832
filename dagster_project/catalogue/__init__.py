"""The metric catalogue: every metric that satledger serves.

Its files are in ``dbt/catalogue``, one a family of metrics; ``README.md`` there says what a row holds.
``python -m dagster_project.catalogue`` writes ``seeds/metric_catalog.csv``, which drives the long table
``metrics_daily``, the API and the tests, and ``docs/metrics.md``, its page for readers. Ids, and the names, units and
categories of the hash rate, miner and exchange families, are those that users of Coin Metrics know; the holders' ids
are those that users of Santiment know.
"""

from dagster_project.catalogue.read import catalogue
from dagster_project.catalogue.row import Metric

__all__ = ["Metric", "catalogue"]
