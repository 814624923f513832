// The page of a metric: chart, definition, coverage, gaps, SQL, lineage down to the block, related metrics.

import * as api from "./api.js";
import { mountFinder } from "./finder.js";
import * as kept from "./kept.js";
import { lineage } from "./lineage.js";
import { plot } from "./plot.js";
import { behindLink, chartLink, copyBox, decoded, el, facts, guarded, metricLink, openPage, say, table } from "./shell.js";

const byId = (id) => document.getElementById(id);
const ASSET = "satledger.asset";
const SHOWN_GAPS = 50;
const SHOWN_DAYS = 14;

let catalogue = { assets: [], metrics: [], exchanges: {} };
let finder = null;
let turn = 0; // how many metrics were opened

const idOf = () => decoded(location.pathname.split("/")[2] ?? "");

const section = (title, ...children) => el("section", {}, el("h2", {}, title), ...children);
const linked = (id, text = id) => el("a", { href: metricLink(id), "data-open": id }, text);

const statement = (asset, id) =>
  `select time, value_text\nfrom metrics_daily\nwhere asset = '${asset}' and metric = '${id}'\norder by time`;

function star(id) {
  const words = () => (kept.isFavourite(id) ? "★ A favourite" : "☆ Make it a favourite");
  const button = el("button", { type: "button", id: "favourite", "aria-pressed": String(kept.isFavourite(id)) }, words());
  button.addEventListener("click", () => {
    kept.toggleFavourite(id);
    button.textContent = words();
    button.setAttribute("aria-pressed", String(kept.isFavourite(id)));
    finder?.refresh();
  });
  return button;
}

function coverage(about) {
  const rows = about.assets.map((one) => [one.asset, one.first, one.last, String(one.days), String(one.missing)]);
  const without = Object.entries(about.without).filter(([asset]) => !about.assets.some((one) => one.asset === asset));
  const parts = [
    rows.length ? table("Coverage", ["asset", "first day", "last day", "days with a value", "days without"], rows, [3, 4]) : el("p", {}, "No asset has a value of it."),
    ...without.map(([asset, reason]) => el("p", {}, `${asset} has no value on any day: ${reason}.`)),
  ];
  if (about.labels) {
    const seen = about.labels.first_day_seen ? `${about.labels.first_day_seen} to ${about.labels.last_day_seen}` : "never";
    parts.push(facts({
      "Labelled addresses": `${about.labels.labels} of ${about.labels.name}`,
      "Seen on the chain": seen,
      "Sources of labels": about.labels.sources,
    }));
  }
  return section("Coverage", ...parts);
}

function related(groups) {
  if (!groups.length) return null;
  const items = groups.map(({ how, metrics }) => el("li", {}, `${how}: `,
    ...metrics.flatMap((metric, index) => [index ? ", " : "", el("a", { href: metricLink(metric.id), "data-open": metric.id, title: metric.name }, metric.id)])));
  return section("Related metrics", el("ul", {}, ...items));
}

/** The latest values, exact; each leads to what it is made of, where that can be told. */
function latest(about, data, followed) {
  const rows = data.days.slice(-SHOWN_DAYS).reverse().map((day, index) => {
    const text = data.values.at(-1 - index);
    return [day, text, followed && text !== "" ? el("a", { href: behindLink(about.id, day) }, "what it is made of") : ""];
  });
  return table("Latest values", ["day", "value", "behind it"], rows, [1]);
}

async function showValues(about, asset) {
  const chart = byId("plot"), gaps = byId("gaps"), mine = turn;
  const one = about.assets.find((each) => each.asset === asset);
  await guarded(async () => {
    const data = one ? await api.series(asset, about.id, "") : { days: [], values: [] };
    const runs = await api.gaps(asset, about.id);
    if (mine !== turn) return;
    const followed = about.followed_down.includes(asset);
    const href = followed ? (day) => behindLink(about.id, day) : null;
    plot(chart, { days: data.days, texts: data.values, label: `${asset} ${about.id}`, href });
    byId("values").replaceChildren(latest(about, data, followed));
    const rows = runs.slice(-SHOWN_GAPS).reverse().map(([first, last, reason]) => [first, last, reason]);
    gaps.replaceChildren(
      rows.length ? table("Gaps", ["first day", "last day", "reason"], rows) : el("p", {}, `${asset} has a value on every day of its range.`),
      runs.length > SHOWN_GAPS ? el("p", { class: "quiet" }, `The latest ${SHOWN_GAPS} of ${runs.length} gaps are listed.`) : "",
    );
  });
}

function parts(about, asset) {
  const call = `curl '${location.origin}/v4/timeseries/asset-metrics?${new URLSearchParams({ assets: asset, metrics: about.id, page_size: "10000" })}'`;
  return [
    el("p", {}, el("a", { href: chartLink(asset, about.id) }, "Open in the chart"), " ", star(about.id)),
    el("div", { id: "plot" }),
    section("Definition", el("p", { id: "meaning" }, about.description), facts(about.facts)),
    section("Latest values", el("div", { id: "values" })),
    coverage(about),
    section("Gaps", el("div", { id: "gaps" })),
    section("Its values in SQL and over HTTP", copyBox("SQL", statement(asset, about.id)), copyBox("call", call)),
    section("Where it comes from", lineage(about.lineage)),
    related(about.related),
  ].filter(Boolean);
}

/** Show the metric that the address names. */
async function show() {
  const id = idOf(), mine = (turn += 1);
  delete byId("about").dataset.metric;
  document.title = id ? `satledger: ${id}` : "satledger: metrics";
  byId("title").textContent = id || "Metrics";
  say(id ? "" : "Choose a metric from the list, or search for one.");
  byId("parts").replaceChildren();
  if (!id) return;
  let about = null;
  const failure = await guarded(async () => (about = await (await api.request(`/page/metric/${encodeURIComponent(id)}`)).json()));
  if (failure || mine !== turn) return;
  byId("title").textContent = `${about.name} (${about.id})`;
  byId("about").dataset.metric = about.id;
  kept.use(about.id);
  finder?.refresh();
  const having = about.assets.map((one) => one.asset);
  const asset = having.includes(byId("asset").value) || !having.length ? byId("asset").value : having[0];
  byId("parts").replaceChildren(...parts(about, asset));
  await showValues(about, asset);
}

function open(id) {
  history.pushState(null, "", metricLink(id));
  byId("title").focus();
  show();
}

async function start() {
  await openPage();
  await guarded(async () => (catalogue = await api.catalogue()));
  byId("asset").replaceChildren(...catalogue.assets.map((asset) => new Option(`${asset.name} (${asset.id})`, asset.id)));
  const asset = sessionStorage.getItem(ASSET) ?? "btc";
  if (catalogue.assets.some((one) => one.id === asset)) byId("asset").value = asset;
  finder = mountFinder(byId("finder"), { catalogue, asset: () => byId("asset").value, isChosen: (id) => id === idOf(), pick: open, valueless: true });
  byId("asset").addEventListener("change", () => {
    sessionStorage.setItem(ASSET, byId("asset").value);
    finder.refresh();
    show();
  });
  window.addEventListener("popstate", show);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.dataset.open);
  });
  await show();
  document.body.dataset.ready = "true";
}

start();
