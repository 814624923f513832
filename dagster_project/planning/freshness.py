"""How old each asset may be before Dagster calls it late."""

from datetime import timedelta

import dagster as dg

# A day is complete about two hours after midnight, so assets are due every 24 hours.
WARN, FAIL = timedelta(hours=30), timedelta(days=3)
# Groups of assets that only change when a user's files do.
INPUTS = ("labels", "headers", "prices")
# Group of the tables as earlier runs left them; no run materializes them.
EARLIER = "earlier"

DAILY = dg.FreshnessPolicy.time_window(fail_window=FAIL, warn_window=WARN)


def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Add the daily policy to an asset that is materialized for each new day; return any other unchanged."""
    if spec.partitions_def is None or spec.group_name in (*INPUTS, EARLIER):
        return spec
    return dg.apply_freshness_policy(spec, DAILY)
