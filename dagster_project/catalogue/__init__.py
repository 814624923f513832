"""The metric catalogue: every metric that satledger serves.

Its files are in ``dbt/catalogue``, one for each family of metrics; ``README.md`` there describes a row.
``python -m dagster_project.catalogue`` writes ``seeds/metric_catalog.csv``, which drives the long table
``metrics_daily``, the API and the tests, and ``docs/metrics.md``, its page for readers. Ids are those of Coin Metrics,
and so are the names, units and categories of the hash rate, miner and exchange families. The ids of the holders family
are Santiment's.
"""

from dagster_project.catalogue.read import catalogue
from dagster_project.catalogue.row import Metric

__all__ = ["Metric", "catalogue"]
