// The page: what is chosen, and everything that shows it. The choice lies in the address, so it can be sent on.

import * as api from "./api.js";
import { calls } from "./calls.js";
import * as chart from "./chart.js";
import * as search from "./search.js";
import { showModel } from "./sql.js";
import * as table from "./table.js";

const byId = (id) => document.getElementById(id);
const FIRST_CHOICE = ["btc:HashRate", "btc:SplyMiner0HopAllNtv", "btc:PriceUSD"];

let catalogue = { assets: [], metrics: [] };
let chosen = []; // {asset, metric, label, unit, data}
let current = null; // whose definition is shown
let range = { from: "", to: "" };

const metricOf = (one) => catalogue.metrics.find((metric) => metric.id === one.metric);

function say(text) {
  byId("message").textContent = text;
}

async function load(asset, id) {
  const metric = catalogue.metrics.find((one) => one.id === id);
  if (!metric?.assets[asset]) return;
  say(`Loading ${id} of ${asset} ...`);
  const data = await api.series(asset, id);
  chosen.push({ asset, metric: id, label: `${asset} ${id}`, unit: metric.unit, data });
  current = chosen.at(-1);
  say("");
}

/** The range, or where it is open all days that a chosen series has. */
function bounds() {
  const days = chosen.flatMap((one) => [one.data.days[0], one.data.days.at(-1)]).filter(Boolean).sort();
  return [range.from || days[0] || "", range.to || days.at(-1) || ""];
}

function remember() {
  const state = new URLSearchParams({ series: chosen.map((one) => `${one.asset}:${one.metric}`).join(",") });
  if (range.from) state.set("from", range.from);
  if (range.to) state.set("to", range.to);
  if (byId("log").checked) state.set("log", "1");
  history.replaceState(null, "", `#${state}`);
}

function showChosen() {
  byId("chosen").replaceChildren(
    ...chosen.map((one, index) => {
      const item = document.createElement("li");
      item.style.borderLeftColor = chart.colour(index);
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
      remove.addEventListener("click", () => toggle(one.asset, one.metric));
      item.append(name, remove);
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
  const [first, last] = metric.assets[current.asset];
  const facts = { Unit: metric.unit, Category: `${metric.category}, ${metric.subcategory}`, Days: `${first} to ${last}`, Table: metric.source_model };
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
  if (sql.dataset.model !== metric.sql_model) {
    sql.dataset.model = metric.sql_model;
    sql.open = false;
    sql.querySelector("code").textContent = "";
    byId("reads").replaceChildren();
  }
}

function showResults() {
  const asset = byId("asset").value;
  const found = search.find(catalogue, asset, byId("query").value);
  const isChosen = (id) => chosen.some((one) => one.asset === asset && one.metric === id);
  search.list(byId("results"), found, isChosen, (id) => toggle(asset, id));
  byId("found").textContent = search.sentence(found.length);
}

function show() {
  const [from, to] = bounds();
  byId("from").value = from;
  byId("to").value = to;
  showChosen();
  showDefinition();
  const days = chart.draw(byId("chart"), chosen, from, to, byId("log").checked, (first, last) => {
    range = { from: first, to: last };
    show();
  });
  const names = chosen.map((one) => one.label).join(", ");
  byId("chart").setAttribute("aria-label", names ? `Line chart of ${names}, ${from} to ${to}, ${days} days` : "No series chosen yet");
  byId("values").hidden = byId("calls").hidden = !chosen.length;
  if (chosen.length) {
    table.fill(chosen, from, to);
    for (const [id, text] of Object.entries(calls(chosen, from, to))) byId(id).textContent = text;
  }
  remember();
}

async function toggle(asset, id) {
  const before = chosen.length;
  chosen = chosen.filter((one) => one.asset !== asset || one.metric !== id);
  if (chosen.length === before) await guarded(() => load(asset, id));
  if (!chosen.includes(current)) current = chosen.at(-1) ?? null;
  show();
  const focused = document.activeElement?.dataset?.metric;
  showResults();
  if (focused) byId("results").querySelector(`[data-metric="${CSS.escape(focused)}"]`)?.focus();
}

/** Do what may need a key; asks for one and tries again where the server wants it. */
async function guarded(action) {
  try {
    await action();
  } catch (error) {
    say(error.message);
    if (error.status !== 401) return;
    const dialog = byId("key-dialog");
    dialog.showModal();
    await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
    api.key.set(byId("key").value);
    byId("key").value = "";
    if (api.key.get()) await guarded(action);
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
      const [, last] = bounds();
      const days = Number(button.dataset.days);
      if (days && last) range.from = new Date(Date.parse(last) - (days - 1) * 86_400_000).toISOString().slice(0, 10);
      show();
    });
  }
  byId("log").addEventListener("change", show);
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
  window.addEventListener("resize", delayed(() => chart.resize(byId("chart")), 100));
}

async function start() {
  const stored = localStorage.getItem("satledger.theme");
  setTheme(stored ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  listen();
  await guarded(async () => (catalogue = await api.catalogue()));
  byId("published").textContent = catalogue.days ? `Daily metrics, ${catalogue.days[0]} to ${catalogue.days[1]}` : "";
  byId("note").textContent = catalogue.note ?? "";
  byId("asset").replaceChildren(...catalogue.assets.map((asset) => new Option(`${asset.name} (${asset.id})`, asset.id)));
  if (catalogue.assets.some((asset) => asset.id === "btc")) byId("asset").value = "btc";
  const state = new URLSearchParams(location.hash.slice(1));
  range = { from: state.get("from") ?? "", to: state.get("to") ?? "" };
  byId("log").checked = state.get("log") === "1";
  const wanted = state.has("series") ? state.get("series").split(",").filter(Boolean) : FIRST_CHOICE;
  for (const one of wanted) await guarded(() => load(...one.split(":")));
  showResults();
  show();
  document.body.dataset.ready = "true";
}

start();
