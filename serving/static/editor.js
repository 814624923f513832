// The editor of SQL: tables and columns, examples, the answer as a table or as CSV, the plan. The query lies in the
// address, so it can be sent on; it is never run before somebody asks for that.

import { request } from "./api.js";
import { el, guarded, openPage, say, table } from "./shell.js";

const byId = (id) => document.getElementById(id);
const FIRST = "select day, count(*) as blocks, sum(fees) / 1e8 as fees_btc\nfrom blocks\nwhere asset = 'btc'\ngroup by day\norder by day desc\nlimit 10";
const SHOWN = 500;

let turn = 0; // how many queries were sent

/** Put a text where the cursor is, over what is selected. */
function insert(text) {
  const field = byId("query");
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  remember();
}

const remember = () => history.replaceState(null, "", `#sql=${encodeURIComponent(byId("query").value)}`);

function showTables(tables) {
  const name = (text, more = "") => el("li", {}, el("button", { type: "button", class: "name", onclick: () => insert(text) }, text), more);
  byId("tables").replaceChildren(...Object.entries(tables).map(([title, columns]) =>
    el("details", {},
      el("summary", {}, title),
      el("ul", { class: "columns" }, name(title, el("small", {}, " the table")), ...Object.entries(columns).map(([column, kind]) => name(column, el("small", {}, ` ${kind.toLowerCase()}`)))),
    )));
}

/** Ask, and hand over the answer unless another query was sent since. */
async function ask(body) {
  const mine = (turn += 1);
  const query = byId("query").value;
  remember();
  say("Running ...");
  byId("result").replaceChildren();
  let answer = null;
  const failure = await guarded(async () => (answer = await request("/sql", { query, ...body })));
  if (mine !== turn) return null;
  say(failure ?? "");
  return failure ? null : answer;
}

const text = (value) => (value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

async function run() {
  const answer = await ask({});
  if (!answer) return;
  const { columns, rows, truncated } = await answer.json();
  const numbers = columns.flatMap(({ type }, index) => (/INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !/\[/.test(type) ? [index] : []));
  const count = `${rows.length.toLocaleString("en")} row${rows.length === 1 ? "" : "s"}`;
  say(truncated ? `The first ${count}; there are more.` : `${count}.${rows.length > SHOWN ? ` The first ${SHOWN} are shown; the CSV has all.` : ""}`);
  byId("result").replaceChildren(table("Answer", columns.map(({ name }) => name), rows.slice(0, SHOWN).map((row) => row.map(text)), numbers));
}

async function explain() {
  const answer = await ask({ explain: true });
  if (!answer) return;
  const { rows } = await answer.json();
  byId("result").replaceChildren(el("pre", { tabindex: "0", role: "region", "aria-label": "Plan" }, el("code", {}, rows[0][0])));
}

async function download() {
  const answer = await ask({ format: "csv" });
  if (!answer) return;
  const link = el("a", { href: URL.createObjectURL(await answer.blob()), download: "satledger.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
  say(answer.headers.get("x-truncated") === "True" ? "There are more rows than the file has." : "");
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("sql");
  if (given !== null) byId("query").value = given;
}

async function start() {
  await openPage();
  byId("query").value = FIRST;
  fromAddress();
  window.addEventListener("hashchange", fromAddress);
  byId("run").addEventListener("click", run);
  byId("explain").addEventListener("click", explain);
  byId("csv").addEventListener("click", download);
  byId("query").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  const examples = await (await request("/static/questions.json")).json();
  byId("examples").append(...examples.map(({ question }, index) => new Option(question, String(index))));
  byId("examples").addEventListener("change", () => {
    const chosen = examples[byId("examples").value];
    if (!chosen) return;
    byId("query").value = chosen.sql;
    remember();
  });
  await guarded(async () => showTables((await (await request("/sql/tables")).json()).tables));
  document.body.dataset.ready = "true";
}

start();
