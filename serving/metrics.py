"""`/metrics`: metrics of the server for Prometheus."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.connections import Counts
from serving.published import Published

router = APIRouter(tags=["Operation"])

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# One label for all requests without an endpoint: callers can ask for any number of paths.
_NO_ROUTE = "none"


class Measured:
    """ASGI middleware in front of everything: counts requests, and measures how long and how large answers are."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        """Measure an application.

        Args:
            app: what to measure.
            registry: where to.
        """
        self._app = app
        self._requests = Counter(
            "satledger_requests", "Requests that were answered.", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "satledger_request_seconds",
            "From a request's headers to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._bytes = Counter(
            "satledger_answer_bytes", "Bytes of answers' bodies, as they were sent.", ("route",), registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it once it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, sent, begin = 0, 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            # There is no answer if the client hung up.
            if status:
                route = _route(scope)
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._requests.labels(route, method, str(status)).inc()
                self._seconds.labels(route).observe(time.perf_counter() - begin)
                self._bytes.labels(route).inc(sent)


def _route(scope: Scope) -> str:
    """The path template of the endpoint that took a request."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "/static" if scope["path"].startswith("/static/") else _NO_ROUTE
    prefix = "/v4" if scope["path"].startswith("/v4/") and not path.startswith("/v4/") else ""
    return prefix + path


class _Facts(Collector):
    """Collects the state of the data and of the connections at the time of a scrape."""

    def __init__(self, published: Published, counts: Counts) -> None:
        self._published = published
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """The facts as metrics."""
        snapshot, problem = self._published.newest_or_problem()
        last_day = snapshot.catalog.last_day
        yield GaugeMetricFamily(
            "satledger_ready",
            "1 where the newest published copy is served and has values, else 0.",
            value=float(problem is None and last_day is not None),
        )
        if last_day is not None:
            end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC).timestamp()
            yield GaugeMetricFamily("satledger_last_day_seconds", "Beginning of the last published day.", value=end)
        yield GaugeMetricFamily(
            "satledger_published_seconds",
            "When the copy that is served was published.",
            value=snapshot.published_at.timestamp(),
        )
        yield GaugeMetricFamily(
            "satledger_unproven_days",
            "Published days that lack a part of the proof that others have.",
            value=snapshot.unproven.days if snapshot.unproven else 0,
        )
        yield GaugeMetricFamily(
            "satledger_metrics",
            "Metrics that are served, by asset: those that have values.",
            value=sum(len(metrics) for metrics in snapshot.catalog.by_asset.values()),
        )
        counts = self._counts
        yield GaugeMetricFamily("satledger_connections", "Connections that are open.", value=counts.open)
        closed = CounterMetricFamily(
            "satledger_connections_ended", "Connections that the server ended for a reason.", labels=("reason",)
        )
        for reason, number in (("late", counts.late), ("displaced", counts.displaced), ("refused", counts.refused)):
            closed.add_metric((reason,), number)
        yield closed


def registry_of(published: Published, counts: Counts) -> CollectorRegistry:
    """The registry of a server; memory, processor time and open files of its process included."""
    registry = CollectorRegistry()
    registry.register(_Facts(published, counts))
    ProcessCollector(registry=registry)
    return registry


@router.get(
    "/metrics",
    response_class=Response,
    responses={HTTPStatus.OK.value: {"description": "The text format.", "content": {"text/plain": {}}}},
)
def metrics(request: Request) -> Response:
    """The state of the server and of its data for Prometheus; asks for no key."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
