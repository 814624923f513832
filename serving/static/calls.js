// The chosen series as API calls to copy. If the server needs a key, they have a placeholder and never the key.

import { endOf, key } from "./api.js";

const quoted = (names) => names.map((name) => `"${name}"`).join(", ");
const literals = (names) => names.map((name) => `'${name}'`).join(", ");

/** The values as of the end of a day: from the history, which has the values that changed later. */
function statementAsOf(assets, metrics, from, to, asOf) {
  const moment = `timestamp '${asOf} 23:59:59'`;
  return [
    "select metrics.asset, metrics.time, metrics.metric,",
    "  case when history.metric is null then metrics.value_text else history.value_text end as value_text",
    "from metrics_daily as metrics",
    "inner join (select day, min(reviewed_at) as reviewed_at from day_reviews group by day) as reviews",
    `  on metrics.time = reviews.day and reviews.reviewed_at <= ${moment}`,
    "left join value_history as history",
    "  on metrics.asset = history.asset and metrics.metric = history.metric and metrics.time = history.time",
    `  and history.valid_from <= ${moment} and history.valid_to > ${moment}`,
    `where metrics.asset in (${literals(assets)})`,
    `  and metrics.metric in (${literals(metrics)})`,
    `  and metrics.time between date '${from}' and date '${to}'`,
    "order by metrics.asset, metrics.metric, metrics.time",
  ].join("\n");
}

export function calls(chosen, from, to, asOf) {
  const assets = [...new Set(chosen.map((one) => one.asset))];
  const metrics = [...new Set(chosen.map((one) => one.metric))];
  const query = new URLSearchParams({
    assets: assets.join(","), metrics: metrics.join(","), start_time: from, end_time: to, format: "json_stream",
  });
  const ownKey = key.get() ? "YOUR_KEY" : "";
  if (ownKey) query.set("api_key", ownKey);
  if (asOf) query.set("as_of", endOf(asOf));
  const { hostname, port, protocol } = location;
  return {
    curl: `curl '${location.origin}/v4/timeseries/asset-metrics?${query}'`,
    python: asOf ? [
      "import pandas",
      "",
      `address = "${location.origin}/v4/timeseries/asset-metrics?${query}"`,
      "frame = pandas.read_json(address, lines=True, dtype=False)",
    ].join("\n") : [
      "from coinmetrics.api_client import CoinMetricsClient",
      "",
      `client = CoinMetricsClient("${ownKey}", host="${hostname}", port=${port || "None"}, schema="${protocol.slice(0, -1)}")`,
      "frame = client.get_asset_metrics(",
      `    assets=[${quoted(assets)}],`,
      `    metrics=[${quoted(metrics)}],`,
      `    start_time="${from}",`,
      `    end_time="${to}",`,
      ").to_dataframe()",
    ].join("\n"),
    statement: asOf ? statementAsOf(assets, metrics, from, to, asOf) : [
      "select asset, time, metric, value_text",
      "from metrics_daily",
      `where asset in (${literals(assets)})`,
      `  and metric in (${literals(metrics)})`,
      `  and time between date '${from}' and date '${to}'`,
      "order by asset, metric, time",
    ].join("\n"),
  };
}
