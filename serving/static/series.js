// The series that are chosen, or that a link names: also one that cannot be shown, with the reason.

import * as api from "./api.js";
import { FormulaError, parse, print, references, unit } from "./formula.js";
import { spec as read, specText } from "./state.js";

const NOTHING = { days: [], values: [], statuses: new Map() };
const PLAIN = "a link names a series by asset and metric, such as btc:BlkCnt.";

const kept = new Map();

/** Both answers, or the error of the first: if values need a key, its error comes at once, without waiting. */
async function both(first, second) {
  const later = second.then((value) => ({ value }), (error) => ({ error }));
  const found = await first;
  const { value, error } = await later;
  if (error) throw error;
  return [found, value];
}

/** Values and gaps of one metric of one asset, asked for once. */
function base(asset, metric, asOf, known) {
  const name = `${asset}:${metric}:${asOf}`;
  if (!kept.has(name)) {
    const asked = both(known ? api.series(asset, metric, asOf) : NOTHING, api.gaps(asset, metric));
    kept.set(name, asked.then(([data, gaps]) => ({ asset, metric, data, gaps })));
    // A failed request may succeed with another key.
    asked.catch(() => kept.delete(name));
  }
  return kept.get(name);
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

/** A series as a link names it, with its tree, or with a problem. */
function understand(given) {
  const one = { spec: given, label: given.formula.replace(":", " "), parts: [], unit: "", data: NOTHING, gaps: [], problem: null };
  try {
    one.tree = parse(given.formula);
    one.spec = { ...given, formula: print(one.tree) };
    one.references = references(one.tree);
    if (one.tree.metric) ({ asset: one.asset, metric: one.metric } = one.tree);
    one.label = one.spec.formula.replaceAll(":", " ");
    if (!one.references.length) one.problem = "a formula needs a metric, such as btc:BlkCnt.";
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    one.problem = /^[\w.:]*$/.test(given.formula) ? PLAIN : error.message;
  }
  one.text = specText(one.spec);
  return one;
}

/**
 * Everything that a series is made from, with a day as of which values are as they had been published by its end.
 * `guarded` does what may need a key, and returns the reason where it failed.
 *
 * A series with a `problem` has no values; it may still have gaps, which are days with the reason for each.
 */
export async function load(catalogue, given, asOf, guarded) {
  const one = understand(given);
  if (one.problem) return one;
  one.unit = unit(one.tree, ({ metric }) => catalogue.metrics.find(({ id }) => id === metric)?.unit ?? "") ?? "Number";
  for (const { asset, metric } of one.references) {
    const problem = problemOf(catalogue, asset, metric);
    if (problem) one.problem = one.metric ? problem : `${asset} ${metric}: ${problem}`;
  }
  const about = (id) => catalogue.metrics.find((found) => found.id === id);
  if (one.problem && !(one.metric && about(one.metric)?.without[one.asset])) return one;
  const failure = await guarded(async () => {
    one.parts = await Promise.all(one.references.map(({ asset, metric }) => base(asset, metric, asOf, !one.problem)));
  });
  if (failure) return { ...one, parts: [], problem: failure };
  if (one.problem) one.gaps = one.parts[0].gaps;
  else if (asOf && one.parts.some((part) => !part.data.days.length)) one.problem = `nothing of it had been published by ${asOf}.`;
  return one;
}

/** All that a link names, each once; `failure` is why none of it can be had. */
export async function loadAll(catalogue, specs, asOf, guarded, failure = null) {
  if (failure) return specs.map((each) => ({ ...understand(each), problem: failure }));
  const found = await Promise.all(specs.map((each) => load(catalogue, each, asOf, guarded)));
  return found.filter((one, index) => found.findIndex((other) => other.text === one.text) === index);
}

export const ofMetric = (asset, metric) => read(`${asset}:${metric}`);

/** Those that have values. */
export const withValues = (chosen) => chosen.filter((one) => !one.problem);
