"""What the resolvers of one document share: one version of the data, who asks, and what they may still spend."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from graphql import GraphQLError

from serving.catalog import Asset, Metric
from serving.errors import shortened
from serving.graphql.limits import Budget, complexity
from serving.graphql.series import Window
from serving.keys import Caller
from serving.published import Snapshot
from serving.rate_limits import RateLimits


@dataclass
class Context:
    """Of one document."""

    snapshot: Snapshot
    caller: Caller
    limits: RateLimits
    budget: Budget = field(default_factory=Budget)

    def metric(self, name: str) -> Metric:
        """A metric that has values and that the caller may see.

        Raises:
            GraphQLError: there is none of that name, or the caller may not see it.
        """
        catalog = self.snapshot.catalog
        if name not in catalog.by_metric:
            reason = "is not supported or is mistyped" if name not in catalog.metrics else "has no values"
            raise GraphQLError(f"The metric '{shortened(name)}' {reason}.")
        if not self.caller.may_see(name):
            raise GraphQLError(f"This API key has no access to the metric '{shortened(name)}'.")
        return catalog.metrics[name]

    def asset(self, slug: str, metric: Metric) -> Asset:
        """The asset of a slug, which has values of a metric.

        Raises:
            GraphQLError: there is no such asset, or it has no values of the metric.
        """
        asset = self.snapshot.catalog.by_slug.get(slug)
        if asset is None:
            raise GraphQLError(f"The slug '{shortened(slug)}' is not an existing slug.")
        if asset.id not in self.snapshot.catalog.by_metric[metric.id]:
            raise GraphQLError(f"The metric '{metric.id}' is not available for the slug '{slug}'.")
        return asset

    def metrics_of(self, asset: Asset) -> list[str]:
        """Ids of the metrics of an asset that the caller may see."""
        return [m for m in self.snapshot.catalog.by_asset.get(asset.id, []) if self.caller.may_see(m)]

    def spend(self, metric: Metric, assets: list[Asset], window: Window) -> None:
        """Let a series be made.

        Raises:
            GraphQLError: the caller may not see values, or the series costs too much.
        """
        if not self.caller.values:
            raise GraphQLError("Unauthorized. Values need an API key: send the header Authorization: Apikey <key>.")
        self.budget.spend(self.cost(metric, assets, window))

    def cost(self, metric: Metric, assets: list[Asset], window: Window) -> int:
        """Complexity of a series: counted on the days that can have values, not on all that the range names."""
        ranges = [self.snapshot.catalog.ranges[asset.id, metric.id] for asset in assets]
        first, last = window.extended(0)
        first = max(first, min((r.first for r in ranges), default=date.max))
        last = min(last, max((r.last for r in ranges), default=date.min))
        if last < first:
            return 0
        span = last - first + timedelta(days=1)
        return complexity(-(-span.days // window.days) * max(len(assets), 1), span.days / 365, len(assets))
