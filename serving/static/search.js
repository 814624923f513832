// Search in the catalogue, and the keys that move through what was found.

import { WORDS } from "./words.js";

const SHOWN = 200;

// The ends of words in an id such as FlowMinerOut0HopAllBNBNtv.
const SEAMS = /[_\W]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-zA-Z])(?=\d)/;

// Weights of a match by field: as a whole word, and as the beginning of a word.
const PLACES = [
  { of: (metric) => metric.id.split(SEAMS), whole: 40, begun: 25 },
  { of: (metric) => metric.name.split(/[^\w.-]+/), whole: 35, begun: 20 },
  { of: (metric) => `${metric.category} ${metric.subcategory}`.split(/\W+/), whole: 12, begun: 8 },
  { of: (metric) => metric.description.split(/[^\w.-]+/), whole: 4, begun: 2 },
];
const EXACT_ID = 100;
const WITHIN_ID = 15;
const SYNONYM = 0.7;
const WHOLE_NAME = 60;

// Words that say nothing of what is looked for, beside others.
const FILLERS = new Set(["a", "an", "and", "by", "for", "of", "on", "the", "to", "with"]);

const tokens = new WeakMap();

function tokensOf(metric) {
  if (!tokens.has(metric)) {
    tokens.set(metric, PLACES.map((place) => place.of(metric).filter(Boolean).map((word) => word.toLowerCase())));
  }
  return tokens.get(metric);
}

/** How well a metric fits a word as it stands; 0 where it does not. */
function fit(metric, word, wholeOnly) {
  const id = metric.id.toLowerCase();
  if (id === word) return EXACT_ID;
  let best = !wholeOnly && id.includes(word) ? WITHIN_ID : 0;
  tokensOf(metric).forEach((words, place) => {
    if (words.includes(word)) best = Math.max(best, PLACES[place].whole);
    else if (!wholeOnly && words.some((each) => each.startsWith(word))) best = Math.max(best, PLACES[place].begun);
  });
  return best;
}

/** The same of a word or of what else it is called; of several words each has to fit. */
function fitByMeaning(metric, word) {
  const others = (WORDS[word] ?? []).map((other) =>
    Math.min(...other.toLowerCase().split(" ").map((each) => fit(metric, each, true))),
  );
  return Math.max(fit(metric, word, false), SYNONYM * Math.max(0, ...others));
}

/** Metrics of an asset that fit all words of the query, the best first. */
export function find(catalogue, asset, query) {
  const given = query.toLowerCase().split(/\s+/).filter(Boolean);
  const telling = given.filter((word) => !FILLERS.has(word));
  const words = telling.length ? telling : given;
  const phrase = given.join(" ");
  const found = [];
  for (const metric of catalogue.metrics) {
    if (!metric.assets[asset]) continue;
    const fits = words.map((word) => fitByMeaning(metric, word));
    if (!fits.every((each) => each > 0)) continue;
    const named = metric.name.toLowerCase() === phrase ? WHOLE_NAME : 0;
    found.push({ metric, score: fits.reduce((sum, each) => sum + each, named) });
  }
  if (words.length) {
    // Of one series in two units the native one first; then the plainest name, without what it says of its unit.
    const inDollars = ({ metric }) => metric.id.endsWith("USD");
    const plain = ({ metric }) => metric.name.replace(/ \(.*\)$| in days\b/, "").length;
    found.sort((a, b) => b.score - a.score || plain(a) - plain(b) || inDollars(a) - inDollars(b) || a.metric.id.length - b.metric.id.length);
  }
  return found.map(({ metric }) => metric);
}

export function sentence(count) {
  if (!count) return "No metric found.";
  return `${count} metric${count === 1 ? "" : "s"} found${count > SHOWN ? `; the first ${SHOWN} are listed` : ""}.`;
}

/** Arrow keys, Home and End move between the field and the results. */
export function moveByKeys(field, place) {
  const buttons = () => [...place.querySelectorAll("button")];
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      buttons()[0]?.focus();
      event.preventDefault();
    }
  });
  place.addEventListener("keydown", (event) => {
    const all = buttons();
    const here = all.indexOf(document.activeElement);
    const target = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    (target < 0 ? field : all[Math.min(target, all.length - 1)]).focus();
  });
}
