// The chosen series as calls that can be copied. Where a key is asked for they say where it goes, but never the key.

import { key } from "./api.js";

const quoted = (names) => names.map((name) => `"${name}"`).join(", ");
const literals = (names) => names.map((name) => `'${name}'`).join(", ");

export function calls(chosen, from, to) {
  const assets = [...new Set(chosen.map((one) => one.asset))];
  const metrics = [...new Set(chosen.map((one) => one.metric))];
  const query = new URLSearchParams({
    assets: assets.join(","), metrics: metrics.join(","), start_time: from, end_time: to, format: "json_stream",
  });
  const ownKey = key.get() ? "YOUR_KEY" : "";
  if (ownKey) query.set("api_key", ownKey);
  const { hostname, port, protocol } = location;
  return {
    curl: `curl '${location.origin}/v4/timeseries/asset-metrics?${query}'`,
    python: [
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
    statement: [
      "select asset, time, metric, value_text",
      "from metrics_daily",
      `where asset in (${literals(assets)})`,
      `  and metric in (${literals(metrics)})`,
      `  and time between date '${from}' and date '${to}'`,
      "order by asset, metric, time",
    ].join("\n"),
  };
}
