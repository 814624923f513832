"""What the resolvers of one document share: the version of the data, the caller, and the complexity left."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from graphql import GraphQLError

from serving.catalog import Asset, Catalog, Metric
from serving.derived import DERIVED
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

    @property
    def catalog(self) -> Catalog:
        """The metrics of this interface: those of the catalogue, and prices under the names of Santiment."""
        return self.snapshot.with_derived

    def metric(self, name: str) -> Metric:
        """A metric that has values and that the caller may see.

        Raises:
            GraphQLError: there is none of that name, or the caller may not see it.
        """
        catalog = self.catalog
        if name not in catalog.by_metric:
            reason = "is not supported or is mistyped" if name not in catalog.metrics else "has no values"
            raise GraphQLError(f"The metric '{shortened(name)}' {reason}.")
        if not self.may_see(name):
            raise GraphQLError(f"This API key has no access to the metric '{shortened(name)}'.")
        return catalog.metrics[name]

    def may_see(self, name: str) -> bool:
        """Whether the caller has access to a metric: to all that it is made of, where it is made of others."""
        sources = DERIVED[name].sources if name in DERIVED else (name,)
        return all(self.caller.may_see(source) for source in sources)

    def known_asset(self, slug: str) -> Asset:
        """The asset of a slug.

        Raises:
            GraphQLError: there is no such asset.
        """
        asset = self.catalog.by_slug.get(slug)
        if asset is None:
            raise GraphQLError(f"The slug '{shortened(slug)}' is not an existing slug.")
        return asset

    def asset(self, slug: str, metric: Metric) -> Asset:
        """The asset of a slug, which has values of a metric.

        Raises:
            GraphQLError: there is no such asset, or it has no values of the metric.
        """
        asset = self.known_asset(slug)
        if asset.id not in self.catalog.by_metric[metric.id]:
            raise GraphQLError(f"The metric '{metric.id}' is not available for the slug '{slug}'.")
        return asset

    def metrics_of(self, asset: Asset) -> list[str]:
        """Ids of the metrics of an asset that the caller may see."""
        return [metric for metric in self.catalog.by_asset.get(asset.id, []) if self.may_see(metric)]

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
        ranges = [self.catalog.ranges[asset.id, metric.id] for asset in assets]
        first, last = window.extended(0)
        first = max(first, min((r.first for r in ranges), default=date.max))
        last = min(last, max((r.last for r in ranges), default=date.min))
        if last < first:
            return 0
        span = last - first + timedelta(days=1)
        return complexity(-(-span.days // window.interval.length) * max(len(assets), 1), span.days / 365, len(assets))
