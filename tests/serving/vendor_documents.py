"""Documents as Santiment's own clients write them, and how tests send them."""

from typing import Any

import requests

from tests.serving.copies import DAYS, day
from tests.serving.servers import Server

Answer = dict[str, Any]
HOLDERS = "holders_distribution_1_to_10"
# As the charts of Santiment's web client ask, which leaves all but a few of the variables out.
CHART = """
query getMetric(
  $metric: String!
  $from: DateTime!
  $to: DateTime!
  $slug: String
  $slugs: [String]
  $text: String
  $holdersCount: Int
  $market_segments: [String]
  $ignored_slugs: [String]
  $labels: [String]
  $label_fqn: String
  $interval: interval
  $transform: TimeseriesMetricTransformInputObject
  $aggregation: Aggregation
  $includeIncompleteData: Boolean = true
) {
  getMetric(metric: $metric) {
    timeseriesData(
      selector: {
        slug: $slug
        slugs: $slugs
        text: $text
        holdersCount: $holdersCount
        market_segments: $market_segments
        ignored_slugs: $ignored_slugs
        labels: $labels
        labelFqn: $label_fqn
      }
      from: $from
      to: $to
      interval: $interval
      transform: $transform
      aggregation: $aggregation
      includeIncompleteData: $includeIncompleteData
    ) {
      d: datetime
      v: value
      __typename
    }
    __typename
  }
}
"""
SHORT = """
query getMetric(
  $metric: String!, $from: DateTime!, $to: DateTime!, $interval: interval, $aggregation: Aggregation,
  $transform: TimeseriesMetricTransformInputObject, $selector: MetricTargetSelectorInputObject,
  $fields: TimeseriesDataJsonFields, $onlyFinalizedData: Boolean, $cachingParams: CachingParamsInputObject
) {
  getMetric(metric: $metric) {
    timeseriesDataJson(
      selector: $selector, from: $from, to: $to, interval: $interval, aggregation: $aggregation, transform: $transform,
      fields: $fields, onlyFinalizedData: $onlyFinalizedData, cachingParams: $cachingParams
    )
  }
}
"""


def send(server: Server, document: str, variables: Answer | None = None) -> Answer:
    answer = requests.post(f"{server.url}/graphql", json={"query": document, "variables": variables}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(server: Server, metric: str, **given: Any) -> list[Answer]:  # noqa: ANN401
    variables = {"metric": metric, "selector": {"slug": "bitcoin"}, "from": str(day(0)), "to": str(day(DAYS)), **given}
    answer = send(server, SHORT, variables)
    assert set(answer) == {"data"}, answer
    return answer["data"]["getMetric"]["timeseriesDataJson"]


def problem(server: Server, metric: str = HOLDERS, **given: Any) -> str:  # noqa: ANN401
    variables = {"metric": metric, "selector": {"slug": "bitcoin"}, "from": str(day(0)), "to": str(day(9)), **given}
    return " ".join(error["message"] for error in send(server, SHORT, variables)["errors"])
