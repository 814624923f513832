"""How old each asset may be before Dagster calls it late."""

from datetime import timedelta

import dagster as dg

# A day is complete some two hours after midnight, so something is due every 24 hours.
WARN, FAIL = timedelta(hours=30), timedelta(days=3)
# What changes only when somebody's files do.
INPUTS = ("labels", "headers", "prices")
# Tables as earlier runs left them: no run makes them.
EARLIER = "earlier"

DAILY = dg.FreshnessPolicy.time_window(fail_window=FAIL, warn_window=WARN)


def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """An asset that each new day makes again, with the policy that says so; any other as it is."""
    if spec.partitions_def is None or spec.group_name in (*INPUTS, EARLIER):
        return spec
    return dg.apply_freshness_policy(spec, DAILY)
