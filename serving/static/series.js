// The series that are chosen, or that a link names: also one that cannot be shown, with the reason.

import * as api from "./api.js";

const NOTHING = { days: [], values: [] };

/** What a link calls a series, such as btc:BlkCnt, in parts; assets may be written in capitals. */
export function parse(text) {
  const [asset, metric, ...more] = text.split(":");
  if (!asset || !metric || more.length) return { text, problem: "a link names a series by asset and metric, such as btc:BlkCnt." };
  return { text: `${asset.toLowerCase()}:${metric}`, asset: asset.toLowerCase(), metric };
}

/** Why a series has nothing to show, as far as the catalogue tells; null where it has. */
function problemOf(catalogue, asset, id) {
  const metric = catalogue.metrics.find((one) => one.id === id);
  if (!metric) {
    const meant = catalogue.metrics.find((one) => one.id.toLowerCase() === id.toLowerCase());
    return `there is no metric ${id} here${meant ? `; ${meant.id} is meant, perhaps` : ""}.`;
  }
  if (metric.assets[asset]) return null;
  if (metric.without[asset]) return `it has no value on any day: ${metric.without[asset]}.`;
  const others = Object.keys(metric.assets);
  const having = others.length ? `assets that have it: ${others.join(", ")}` : "no asset has it here";
  if (!catalogue.assets.some((one) => one.id === asset)) return `there is no asset ${asset} here; ${having}.`;
  return `${asset} has no value of ${id} on any day; ${having}.`;
}

/**
 * Everything that is shown of a series, with a day as of which values are as they had been published by its end. `guarded` does what may need a key, and returns the reason where it failed.
 *
 * A series with a `problem` has no values; it may still have gaps, which are days with the reason for each.
 */
export async function load(catalogue, { text, asset, metric: id, problem }, asOf, guarded) {
  const one = { text, asset, metric: id, label: text.replace(":", " "), unit: "", data: NOTHING, gaps: [], problem };
  if (problem) return one;
  const metric = catalogue.metrics.find((found) => found.id === id);
  one.unit = metric?.unit ?? "";
  one.problem = problemOf(catalogue, asset, id);
  if (one.problem && !metric?.without[asset]) return one;
  const failure = await guarded(async () => {
    if (!one.problem) one.data = await api.series(asset, id, asOf);
    one.gaps = await api.gaps(asset, id);
  });
  if (failure) return { ...one, data: NOTHING, gaps: [], problem: failure };
  if (asOf && !one.problem && !one.data.days.length) one.problem = `nothing of it had been published by ${asOf}.`;
  return one;
}

/** Those that have values. */
export const withValues = (chosen) => chosen.filter((one) => !one.problem);
