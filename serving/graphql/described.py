"""What the metadata of a metric and its access restrictions have in common."""

from typing import Any

from serving.catalog import Metric
from serving.graphql.context import Context


def describe(metric: Metric, context: Context) -> dict[str, Any]:
    """What a metric is and whether the caller has access to it; there are no plans and no deprecated metrics."""
    return {
        "humanReadableName": metric.name,
        "minInterval": "1d",
        "isRestricted": False,
        "isAccessible": context.caller.values and context.may_see(metric.id),
        "isDeprecated": False,
        "status": "released",
        "availableSelectors": ["SLUG", "SLUGS", "IGNORED_SLUGS"],
        "requiredSelectors": [["SLUG", "SLUGS"]],
        "docs": [{"link": f"/docs/dbt/#!/model/model.satledger.{metric.source_model}"}],
    }


def restriction(metric: Metric, context: Context) -> dict[str, Any]:
    """A metric as the list of access restrictions has it."""
    return {
        **describe(metric, context),
        "type": "metric",
        "name": metric.id,
        "internalName": metric.alias_of or metric.id,
    }
