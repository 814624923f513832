// The values as a table and as CSV, exact to the last digit, newest first in the table.

const ROWS = 100;

let rows = [];
let heads = [];
let page = 0;

const byId = (id) => document.getElementById(id);

/** Rows of [day, value, ...] between two days, oldest first. */
function collect(chosen, from, to) {
  const days = new Map();
  chosen.forEach((one, column) =>
    one.data.days.forEach((day, index) => {
      if (day < from || day > to) return;
      if (!days.has(day)) days.set(day, new Array(chosen.length).fill(""));
      days.get(day)[column] = one.data.values[index];
    }),
  );
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, values]) => [day, ...values]);
}

function cells(kind, values) {
  const row = document.createElement("tr");
  for (const value of values) {
    const cell = document.createElement(kind);
    if (kind === "th") cell.scope = "col";
    cell.textContent = value;
    row.append(cell);
  }
  return row;
}

function show() {
  const newest = [...rows].reverse().slice(page * ROWS, (page + 1) * ROWS);
  const head = document.createElement("thead");
  head.append(cells("th", heads));
  const body = document.createElement("tbody");
  body.append(...newest.map((row) => cells("td", row)));
  byId("table").replaceChildren(head, body);
  const first = page * ROWS + 1;
  byId("rows").textContent = rows.length ? `Rows ${first} to ${first + newest.length - 1} of ${rows.length}` : "No rows";
  byId("newer").disabled = page === 0;
  byId("older").disabled = (page + 1) * ROWS >= rows.length;
}

export function fill(chosen, from, to) {
  rows = collect(chosen, from, to);
  heads = ["day", ...chosen.map((one) => one.label)];
  page = 0;
  show();
}

export function turn(pages) {
  page += pages;
  show();
}

export function csv() {
  return [heads, ...rows].map((row) => `${row.join(",")}\n`).join("");
}
