// From a state to what is drawn: loads its series, and puts panes, marks and days together.

import * as api from "./api.js";
import { derive, numberOf } from "./derive.js";
import * as period from "./period.js";
import { loadAll } from "./series.js";
import { isLog, ordered } from "./state.js";

let asked = null;

/** Days of the chain's start and its halvings, asked for once. */
function epochs() {
  asked ??= api.epochs();
  // A failed request may succeed with a key that is entered later.
  asked.catch(() => (asked = null));
  return asked;
}

/** Load all that a state names; `guarded` does what may need a key. */
export async function loadState(catalogue, state, guarded, failure = null) {
  const found = { epochs: [] };
  const [chosen] = await Promise.all([
    loadAll(catalogue, state.series, state.asOf, guarded, failure),
    failure ? null : guarded(async () => (found.epochs = await epochs())),
  ]);
  return { chosen, epochs: found.epochs };
}

const derived = new WeakMap();

/** What is derived of what was loaded, computed once: a change of days or of a scale needs nothing new. */
function shownOf(loaded) {
  if (!derived.has(loaded)) derived.set(loaded, derive(loaded.chosen, loaded.epochs));
  return derived.get(loaded);
}

/** What is shown of a state, with what is to be known of the data: `shown` series with values or reasons, the `drawing` of those with values, its days. */
export function compose(state, loaded, note = "") {
  const shown = shownOf(loaded);
  const [from, to] = period.bounds(shown, state);
  const [first, last] = period.bounds(shown, { from: "", to: "" });
  const series = shown.filter((one) => !one.problem);
  const panes = ordered(state, [...new Set(series.map((one) => one.pane))]);
  const empty = !from || from > to || !series.length || period.problem(shown, state);
  const drawing = {
    series: empty ? [] : series,
    panes: empty ? [] : panes,
    // A link may name any days; days without data are cut off.
    from: from < first ? first : from,
    to: to > last ? last : to,
    isLog: (pane) => isLog(state, pane),
    halvings: state.halvings ? loaded.epochs.slice(1) : [],
    notes: state.notes,
    note,
  };
  return { shown, drawing, from, to, problem: period.problem(shown, state) };
}

const KINDS = { bar: "Bar", area: "Area", stacked: "Stacked area" };

/** A sentence that says what the drawing shows. */
export function describe({ shown, drawing }, chosen) {
  if (!shown.some((one) => !one.problem)) return chosen.length ? "No series with values chosen" : "No series chosen yet";
  const names = shown.filter((one) => !one.problem).map((one) => one.label).join(", ");
  const forms = [...new Set(drawing.series.map((one) => one.spec.form))];
  const kind = (forms.length === 1 && KINDS[forms[0]]) || "Line";
  const { from, to } = drawing;
  const days = numberOf(to) - numberOf(from) + 1;
  return `${kind} chart of ${names}, ${from} to ${to}, ${days} days; arrow keys move over the days`;
}
