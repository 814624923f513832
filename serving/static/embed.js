// One chart alone, for a frame in another page; what it shows stands in the address, after the question mark.

import * as api from "./api.js";
import { Chart } from "./chart.js";
import { compose, describe, loadState } from "./drawing.js";
import { showLegend } from "./legend.js";
import { say } from "./shell.js";
import * as store from "./state.js";
import { byId, onWidth } from "./tools.js";

/** Run an action without asking for a key, because this is a frame in another site's page; returns why it failed. */
async function guarded(action) {
  try {
    await action();
    return null;
  } catch (error) {
    return error.message;
  }
}

async function start() {
  document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const problems = [];
  const state = { ...store.empty(), ...store.read(location.search, problems) };
  state.series ??= [];
  byId("whole").href = `/chart#${store.write(state)}`;
  let catalogue = { assets: [], metrics: [] };
  const failure = await guarded(async () => (catalogue = await api.catalogue()));
  if (catalogue.note) problems.push(catalogue.note);
  const loaded = await loadState(catalogue, state, guarded, failure);
  let range = { from: state.from, to: state.to };
  const chart = new Chart(byId("chart"), {
    range: (from, to) => show({ from, to }),
    reset: () => show({ from: state.from, to: state.to }),
  });
  function show(wanted = range) {
    range = wanted;
    const view = compose({ ...state, ...range }, loaded);
    const why = loaded.chosen.filter((one) => one.problem).map((one) => `${one.label}: ${one.problem}`);
    say([...problems, ...why, view.problem].filter(Boolean).join(" "));
    showLegend(byId("legend"), view.shown);
    chart.draw(view.drawing, describe(view, loaded.chosen));
  }
  show();
  onWidth(() => show());
  document.body.dataset.ready = "true";
}

start();
