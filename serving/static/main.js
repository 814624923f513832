// The page: what is chosen, and everything that shows it. The choice lies in the address, so it can be sent on.

import * as api from "./api.js";
import { calls } from "./calls.js";
import * as chart from "./chart.js";
import * as period from "./period.js";
import * as search from "./search.js";
import * as series from "./series.js";
import { showModel } from "./sql.js";
import * as table from "./table.js";

const byId = (id) => document.getElementById(id);
const FIRST_CHOICE = ["btc:HashRate", "btc:SplyMiner0HopAllNtv", "btc:PriceUSD"];

let catalogue = { assets: [], metrics: [] };
let chosen = []; // what series.load() makes
let current = null; // whose definition is shown
let range = { from: "", to: "" };
let asOf = ""; // a day: values as they had been published by its end
let restored = 0; // how many links were followed

const metricOf = (one) => catalogue.metrics.find((metric) => metric.id === one.metric);

function say(text) {
  byId("message").textContent = text;
}

async function load(wanted) {
  if (wanted.asset) say(`Loading ${wanted.metric} of ${wanted.asset} ...`);
  const one = await series.load(catalogue, wanted, asOf, guarded);
  say("");
  return one;
}

function remember() {
  const state = new URLSearchParams({ series: chosen.map((one) => one.text).join(",") });
  if (range.from) state.set("from", range.from);
  if (range.to) state.set("to", range.to);
  if (byId("log").checked) state.set("log", "1");
  if (asOf) state.set("as_of", asOf);
  history.replaceState(null, "", `#${state}`);
}

function showChosen() {
  const drawn = series.withValues(chosen);
  byId("chosen").replaceChildren(
    ...chosen.map((one) => {
      const item = document.createElement("li");
      if (!one.problem) item.style.borderLeftColor = chart.colour(drawn.indexOf(one));
      const name = document.createElement("button");
      name.type = "button";
      name.textContent = one.label;
      name.setAttribute("aria-current", String(one === current));
      name.addEventListener("click", () => {
        current = one;
        show();
      });
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${one.label}`);
      remove.addEventListener("click", () => toggle(one));
      item.append(name, remove);
      return item;
    }),
  );
  const problems = chosen.filter((one) => one.problem).map((one) => `${one.label}: ${one.problem}`);
  byId("problems").replaceChildren(
    ...[...problems, period.problem(chosen, range)].filter(Boolean).map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }),
  );
}

function showDefinition() {
  const metric = current && metricOf(current);
  byId("definition").hidden = !metric;
  if (!metric) return;
  byId("definition-title").textContent = `${metric.name} (${metric.id})`;
  byId("meaning").textContent = metric.description;
  const days = metric.assets[current.asset]?.join(" to ") ?? "none";
  const facts = { Unit: metric.unit, Category: `${metric.category}, ${metric.subcategory}`, Days: days, Table: metric.source_model };
  if (metric.labelled) facts.Labels = metric.labelled;
  byId("facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      term.textContent = name;
      const text = document.createElement("dd");
      text.textContent = value;
      return [term, text];
    }),
  );
  byId("model-docs").href = `/docs/dbt/#!/model/model.satledger.${metric.source_model}`;
  const sql = byId("sql");
  if (sql.dataset.model !== metric.source_model) {
    sql.dataset.model = metric.source_model;
    sql.open = false;
    sql.querySelector("code").textContent = "";
    byId("reads").replaceChildren();
  }
}

function showResults() {
  const asset = byId("asset").value;
  const found = search.find(catalogue, asset, byId("query").value);
  const isChosen = (id) => chosen.some((one) => one.asset === asset && one.metric === id);
  search.list(byId("results"), found, isChosen, (id) => toggle({ text: `${asset}:${id}`, asset, metric: id }));
  byId("found").textContent = search.sentence(found.length);
}

function show() {
  const [from, to] = period.bounds(chosen, range);
  byId("from").value = from;
  byId("to").value = to;
  showChosen();
  showDefinition();
  const drawn = series.withValues(chosen);
  const days = chart.draw(byId("chart"), drawn, from, to, byId("log").checked, (first, last) => {
    range = { from: first, to: last };
    show();
  });
  const names = drawn.map((one) => one.label).join(", ");
  const nothing = chosen.length ? "No series with values chosen" : "No series chosen yet";
  byId("chart").setAttribute("aria-label", names ? `Line chart of ${names}, ${from} to ${to}, ${days} days` : nothing);
  const listed = chosen.filter((one) => one.data.days.length || one.gaps.length);
  byId("values").hidden = !listed.length;
  byId("calls").hidden = !drawn.length;
  table.fill(listed, from, to);
  if (drawn.length) for (const [id, text] of Object.entries(calls(drawn, from, to, asOf))) byId(id).textContent = text;
  remember();
}

async function toggle(wanted) {
  const before = chosen.length;
  chosen = chosen.filter((one) => one.text !== wanted.text);
  if (chosen.length === before) {
    current = await load(wanted);
    chosen.push(current);
  }
  if (!chosen.includes(current)) current = chosen.at(-1) ?? null;
  show();
  const focused = document.activeElement?.dataset?.metric;
  showResults();
  if (focused) byId("results").querySelector(`[data-metric="${CSS.escape(focused)}"]`)?.focus();
}

/** Load all that is chosen again, as it is now or was by the end of a day. */
async function reload() {
  const place = chosen.indexOf(current);
  const found = [];
  for (const one of chosen) found.push(await load(series.parse(one.text)));
  chosen = found;
  current = chosen[place] ?? null;
  show();
}

/** Do what may need a key; asks for one and tries again where the server wants it. Returns why it failed, if it did. */
async function guarded(action) {
  try {
    await action();
    return null;
  } catch (error) {
    say(error.message);
    if (error.status !== 401) return error.message;
    const dialog = byId("key-dialog");
    dialog.showModal();
    await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
    api.key.set(byId("key").value);
    byId("key").value = "";
    return api.key.get() ? guarded(action) : error.message;
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme === "dark" ? "Light mode" : "Dark mode";
}

function listen() {
  const delayed = (action, wait) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, wait);
    };
  };
  byId("asset").addEventListener("change", showResults);
  byId("query").addEventListener("input", delayed(showResults, 80));
  search.moveByKeys(byId("query"), byId("results"));
  byId("range").addEventListener("submit", (event) => event.preventDefault());
  for (const side of ["from", "to"]) {
    byId(side).addEventListener("change", (event) => {
      range[side] = event.target.value;
      show();
    });
  }
  for (const button of document.querySelectorAll("[data-days]")) {
    button.addEventListener("click", () => {
      range = { from: "", to: "" };
      const [, last] = period.bounds(chosen, range);
      const days = Number(button.dataset.days);
      if (days && last) range.from = new Date(Date.parse(last) - (days - 1) * 86_400_000).toISOString().slice(0, 10);
      show();
    });
  }
  byId("log").addEventListener("change", show);
  byId("as-of").addEventListener("change", async (event) => {
    asOf = event.target.value;
    await reload();
  });
  byId("theme").addEventListener("click", () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("satledger.theme", theme);
    setTheme(theme);
    show();
  });
  byId("sql").addEventListener("toggle", async (event) => {
    const code = event.target.querySelector("code");
    if (event.target.open && !code.textContent) await showModel(event.target.dataset.model, guarded);
  });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = byId(button.dataset.copy);
      if (navigator.clipboard) {
        await navigator.clipboard.writeText(code.textContent);
        say("Copied.");
      } else {
        // Browsers give the clipboard to secure pages only: not to plain HTTP from another machine.
        getSelection().selectAllChildren(code);
        say("Selected: copy it with Ctrl+C.");
      }
    });
  }
  byId("newer").addEventListener("click", () => table.turn(-1));
  byId("older").addEventListener("click", () => table.turn(1));
  byId("download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([table.csv()], { type: "text/csv" }));
    link.download = "satledger.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  window.addEventListener("hashchange", () => {
    // The link that skips to the chart changes the address too, and names no series.
    if (new URLSearchParams(location.hash.slice(1)).has("series")) restore(null);
    else remember();
  });
  window.addEventListener("resize", delayed(() => chart.resize(byId("chart")), 100));
}

/** Choose what the address names; what cannot be shown stays, with the reason. */
async function restore(failure) {
  const turn = ++restored;
  const state = new URLSearchParams(location.hash.slice(1));
  const first = FIRST_CHOICE.map(series.parse).filter(({ asset, metric }) => metricOf({ metric })?.assets[asset]);
  const texts = state.get("series")?.split(",").map((text) => text.trim()).filter(Boolean);
  const wanted = texts?.map(series.parse) ?? first;
  const notes = [];
  asOf = period.ofLink(state, "as_of", notes);
  byId("as-of").value = asOf;
  const found = [];
  for (const one of wanted) {
    if (found.some((other) => other.text === one.text)) continue;
    found.push(await load(failure ? { ...one, problem: failure } : one));
    if (turn !== restored) return;
  }
  chosen = found;
  current = series.withValues(chosen).at(-1) ?? chosen.at(-1) ?? null;
  range = { from: period.ofLink(state, "from", notes), to: period.ofLink(state, "to", notes) };
  if (notes.length) say(notes.join(" "));
  byId("log").checked = state.get("log") === "1";
  showResults();
  show();
}

async function start() {
  const stored = localStorage.getItem("satledger.theme");
  setTheme(stored ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  listen();
  const failure = await guarded(async () => (catalogue = await api.catalogue()));
  byId("published").textContent = catalogue.days ? `Daily metrics, ${catalogue.days[0]} to ${catalogue.days[1]}` : "";
  byId("note").textContent = catalogue.note ?? "";
  byId("asset").replaceChildren(...catalogue.assets.map((asset) => new Option(`${asset.name} (${asset.id})`, asset.id)));
  if (catalogue.assets.some((asset) => asset.id === "btc")) byId("asset").value = "btc";
  await restore(failure);
  if (failure) say(failure);
  document.body.dataset.ready = "true";
}

start();
