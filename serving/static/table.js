// The values as a table and as CSV, exact to the last digit, newest first in the table.

const ROWS = 100;

let rows = [];
let heads = [];
let page = 0;

const byId = (id) => document.getElementById(id);

const DAY = 86_400_000;

/** Rows of [day, cell, ...] between two days, oldest first; a cell has a value, or the reason why there is none. */
function collect(chosen, from, to) {
  const days = new Map();
  const put = (day, column, cell) => {
    if (day < from || day > to) return;
    if (!days.has(day)) days.set(day, chosen.map(() => ({ value: "" })));
    days.get(day)[column] = cell;
  };
  chosen.forEach((one, column) => {
    for (const [first, last, reason] of one.gaps) {
      for (let time = Date.parse(first); time <= Date.parse(last); time += DAY) {
        put(new Date(time).toISOString().slice(0, 10), column, { value: "", reason });
      }
    }
    one.data.days.forEach((day, index) => put(day, column, { value: one.data.values[index] }));
  });
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, cells]) => [{ value: day }, ...cells]);
}

function cells(kind, contents) {
  const row = document.createElement("tr");
  for (const { value, reason } of contents) {
    const cell = document.createElement(kind);
    if (kind === "th") cell.scope = "col";
    if (reason) cell.className = "gap";
    cell.textContent = reason ?? value;
    row.append(cell);
  }
  return row;
}

function show() {
  const newest = [...rows].reverse().slice(page * ROWS, (page + 1) * ROWS);
  const head = document.createElement("thead");
  head.append(cells("th", heads.map((value) => ({ value }))));
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

/** A field of CSV: names of formulas and means have commas in them. */
const field = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function csv() {
  return [heads.map(field), ...rows.map((row) => row.map(({ value }) => value))].map((row) => `${row.join(",")}\n`).join("");
}
