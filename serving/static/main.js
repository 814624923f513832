// The view of one chart: what is chosen, and everything that shows it. What is shown stands in the address (state.js).

import * as api from "./api.js";
import { showBehind } from "./behind.js";
import { keepOnBoard } from "./board-state.js";
import { calls } from "./calls.js";
import { Chart } from "./chart.js";
import { showDefinition } from "./definition.js";
import { compose, describe, loadState } from "./drawing.js";
import { frame, savePng, saveSvg } from "./export.js";
import { mountFinder } from "./finder.js";
import { FormulaError, parse, print } from "./formula.js";
import * as kept from "./kept.js";
import * as panel from "./panel.js";
import * as period from "./period.js";
import * as series from "./series.js";
import { copy, guarded, openPage, say } from "./shell.js";
import { showModel } from "./sql.js";
import * as store from "./state.js";
import * as table from "./table.js";
import { byId, onTheme, onWidth, save } from "./tools.js";

const FIRST_CHOICE = ["btc:HashRate", "btc:SplyMiner0HopAllNtv", "btc:PriceUSD"];

let catalogue = { assets: [], metrics: [] };
let failure = null; // why the catalogue cannot be had
let state = store.empty();
let loaded = { chosen: [], epochs: [] };
let view = null; // what compose() makes of both
let current = null; // the text of the series whose definition is shown
let turn = 0; // how many states were asked for
let chart = null;
let finder = null;

const currentOne = () => loaded.chosen.find((one) => one.text === current) ?? null;

/** Go to a state, load what it needs, and show it; what cannot be shown stays, with the reason. */
async function go(wanted, step = true) {
  const own = ++turn;
  const loading = setTimeout(() => say("Loading ..."), 200);
  const found = await loadState(catalogue, wanted, guarded, failure);
  clearTimeout(loading);
  if (own !== turn) return;
  if (byId("message").textContent === "Loading ...") say("");
  const known = loaded.chosen.map((one) => one.text);
  loaded = found;
  state = { ...wanted, series: found.chosen.map((one) => one.spec) };
  const added = found.chosen.filter((one) => !known.includes(one.text));
  if (!currentOne() || added.length) {
    const best = added.length ? added : found.chosen;
    current = (series.withValues(best).at(-1) ?? best.at(-1))?.text ?? null;
  }
  store.remember(state, step);
  show();
}

const change = (patch) => go({ ...state, ...patch });

function show() {
  view = compose(state, loaded, catalogue.note ?? "");
  const { shown, drawing, from, to, problem } = view;
  for (const [id, value] of Object.entries({ from, to, "as-of": state.asOf })) byId(id).value = value;
  byId("halvings").checked = state.halvings;
  panel.showChosen(loaded.chosen, shown, current, { choose, remove });
  panel.showProblems([...loaded.chosen.filter((one) => one.problem).map((one) => `${one.label}: ${one.problem}`), problem].filter(Boolean));
  panel.showNotes(state.notes, (note) => change({ notes: state.notes.filter((one) => one !== note) }));
  showCurrent();
  chart.draw(drawing, describe(view, loaded.chosen));
  panel.showPanes(byId("chart"), chart, drawing.panes, {
    isLog: drawing.isLog,
    log: (name) => change({ log: store.switchLog(state, name, drawing.panes) }),
    move: (name, to) => change({ panes: drawing.panes.filter((one) => one !== name).toSpliced(to, 0, name) }),
  });
  const listed = shown.filter((one) => one.data.days.length || one.gaps.length);
  byId("values").hidden = !listed.length;
  table.fill(listed, from, to);
  const asked = series.withValues(loaded.chosen).flatMap((one) => one.references);
  byId("calls").hidden = !asked.length;
  if (asked.length) for (const [id, text] of Object.entries(calls(asked, from, to, state.asOf))) byId(id).textContent = text;
  byId("embed").textContent = frame(state, chart.height);
  for (const id of ["png", "svg", "to-board"]) byId(id).disabled = !drawing.series.length;
  refreshFinder();
}

function showCurrent() {
  showDefinition(catalogue, currentOne());
  panel.showEditor(currentOne(), {
    change: (patch) => replace(current, patch),
    again: () => change({ series: [...state.series, { ...currentOne().spec, as: currentOne().spec.as === "ma30" ? "ma365" : "ma30" }] }),
  });
}

function choose(one) {
  current = one.text;
  panel.showChosen(loaded.chosen, view.shown, current, { choose, remove });
  showCurrent();
  [...byId("chosen").querySelectorAll("button")].find((button) => button.ariaCurrent === "true")?.focus();
}

const remove = (one) => change({ series: loaded.chosen.filter((other) => other !== one).map((other) => other.spec) });

function replace(text, patch) {
  const changed = loaded.chosen.map((one) => (one.text === text ? { ...one.spec, ...patch } : one.spec));
  current = store.specText({ ...currentOne().spec, ...patch });
  return change({ series: changed });
}

const ofPicked = (id) => (spec) => spec.formula === `${byId("asset").value}:${id}`;

/** Add what was picked in the finder, or take it away where it is there, however it is shown. */
function pick(id) {
  const others = state.series.filter((spec) => !ofPicked(id)(spec));
  const added = others.length === state.series.length ? [series.ofMetric(byId("asset").value, id)] : [];
  if (added.length) kept.use(id);
  return change({ series: [...others, ...added] });
}

function refreshFinder() {
  const focused = document.activeElement?.dataset?.metric;
  finder.refresh();
  if (focused) byId("finder").querySelector(`[data-metric="${CSS.escape(focused)}"]`)?.focus();
}

function addFormula(event) {
  event.preventDefault();
  try {
    const formula = print(parse(byId("formula").value, byId("asset").value));
    byId("formula-problem").textContent = "";
    byId("formula").value = "";
    change({ series: [...state.series, store.spec(formula)] });
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    byId("formula-problem").textContent = error.message;
  }
}

function addNote(event) {
  event.preventDefault();
  const note = { day: byId("note-day").value, text: byId("note-text").value.trim() };
  byId("note-text").value = "";
  if (note.day && note.text) change({ notes: [...state.notes, note] });
}

function latestDays(days) {
  const [, last] = period.bounds(view.shown, { from: "", to: "" });
  const from = days && last ? new Date(Date.parse(last) - (days - 1) * 86_400_000).toISOString().slice(0, 10) : "";
  change({ from, to: "" });
}

/** On small screens the list of metrics lies in a drawer. */
function listenToDrawer() {
  const set = (open) => {
    byId("drawer").classList.toggle("open", open);
    byId("open-drawer").setAttribute("aria-expanded", String(open));
    (open ? byId("find") : byId("open-drawer")).focus();
  };
  byId("open-drawer").addEventListener("click", () => set(true));
  byId("close-drawer").addEventListener("click", () => set(false));
  byId("drawer").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && byId("drawer").classList.contains("open")) set(false);
  });
}

function listen() {
  byId("asset").addEventListener("change", refreshFinder);
  byId("range").addEventListener("submit", (event) => event.preventDefault());
  for (const side of ["from", "to"]) byId(side).addEventListener("change", (event) => change({ [side]: event.target.value }));
  for (const button of document.querySelectorAll("[data-days]")) {
    button.addEventListener("click", () => latestDays(Number(button.dataset.days)));
  }
  byId("as-of").addEventListener("change", (event) => change({ asOf: event.target.value }));
  byId("halvings").addEventListener("change", (event) => change({ halvings: event.target.checked }));
  byId("formula-form").addEventListener("submit", addFormula);
  byId("notes-form").addEventListener("submit", addNote);
  byId("editor").addEventListener("submit", (event) => event.preventDefault());
  byId("png").addEventListener("click", () => savePng(view.drawing, "satledger"));
  byId("svg").addEventListener("click", () => saveSvg(view.drawing, "satledger"));
  byId("to-board").addEventListener("click", () => (location.href = keepOnBoard(state)));
  byId("sql").addEventListener("toggle", async (event) => {
    const code = event.target.querySelector("code");
    if (event.target.open && !code.textContent) await showModel(event.target.dataset.model, guarded);
  });
  for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(byId(button.dataset.copy)));
  byId("newer").addEventListener("click", () => table.turn(-1));
  byId("older").addEventListener("click", () => table.turn(1));
  byId("download").addEventListener("click", () => save("satledger.csv", new Blob([table.csv()], { type: "text/csv" })));
  window.addEventListener("hashchange", () => {
    // The link that skips to the chart changes the address too, and names no series.
    if (new URLSearchParams(location.hash.slice(1)).has("series")) restore();
    else store.remember(state, false);
  });
  onWidth(() => show());
  listenToDrawer();
}

/** Show what the address names. */
async function restore() {
  const problems = [];
  const wanted = store.read(location.hash, problems);
  const first = FIRST_CHOICE.map(store.spec).filter(({ formula }) => {
    const [asset, id] = formula.split(":");
    return catalogue.metrics.find((metric) => metric.id === id)?.assets[asset];
  });
  await go({ ...wanted, series: wanted.series ?? first }, false);
  if (problems.length) say(problems.join(" "));
}

async function start() {
  chart = new Chart(byId("chart"), {
    range: (from, to) => change({ from, to }),
    reset: () => change({ from: "", to: "" }),
    pick: (day) => showBehind(byId("behind"), view.drawing.series, day, guarded),
  });
  listen();
  const opened = openPage();
  failure = await guarded(async () => (catalogue = await api.catalogue()));
  await opened;
  onTheme(() => show());
  byId("asset").replaceChildren(...catalogue.assets.map((asset) => new Option(`${asset.name} (${asset.id})`, asset.id)));
  if (catalogue.assets.some((asset) => asset.id === "btc")) byId("asset").value = "btc";
  finder = mountFinder(byId("finder"), { catalogue, asset: () => byId("asset").value, isChosen: (id) => state.series.some(ofPicked(id)), pick });
  await restore();
  if (failure) say(failure);
  document.body.dataset.ready = "true";
}

start();
