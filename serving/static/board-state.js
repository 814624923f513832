// A board: several charts under a title, as it stands in an address and in a JSON file.

import { ofLink } from "./period.js";
import * as chart from "./state.js";

const KEPT = "satledger.board";
const MOST = 30;

const DEFAULTS = { title: "My board", from: "", to: "" };

/** The days in an address; those that cannot be read are added to `problems`. */
export const days = (given, problems) => ({ from: ofLink(given, "from", problems), to: ofLink(given, "to", problems) });

/** The board that an address names; null where it names none of its own. */
export function read(text, problems = []) {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  if (!given.has("chart")) return null;
  return {
    title: given.get("title") || DEFAULTS.title,
    ...days(given, problems),
    charts: given.getAll("chart").slice(0, MOST).map((one) => {
      const [title, ...rest] = one.split("~");
      return { title, state: rest.join("~") };
    }),
  };
}

/** The fragment of a board. */
export function write({ title, from, to, charts }) {
  const made = new URLSearchParams({ title });
  if (from) made.set("from", from);
  if (to) made.set("to", to);
  for (const one of charts) made.append("chart", `${one.title.replaceAll("~", "-")}~${one.state}`);
  return String(made);
}

/** The same as a JSON document, with series one by one so that it can be read and written by hand. */
export function toJson({ title, charts }) {
  const readable = charts.map((one) => {
    const { series, from, to, asOf, panes, log, notes, halvings } = chart.read(one.state);
    const rest = { from, to, as_of: asOf, panes, log, notes };
    const said = Object.entries(rest).filter(([, value]) => value.length);
    return { title: one.title, series: (series ?? []).map(chart.specText), ...Object.fromEntries(said), ...(halvings ? {} : { halvings }) };
  });
  return `${JSON.stringify({ title, charts: readable }, null, 2)}\n`;
}

function dayOf(given, name, place) {
  const problems = [];
  const day = ofLink(new URLSearchParams({ [name]: String(given[name] ?? "") }), name, problems);
  if (problems.length) throw new Error(`Chart ${place + 1} of the file has "${name}": "${given[name]}", which is no day such as 2023-01-31.`);
  return day;
}

/** A board of a JSON document; throws an Error whose message says what is wrong with it. */
export function fromJson(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new Error(`The file is not JSON: ${error.message}.`);
  }
  if (!Array.isArray(given?.charts)) throw new Error('The file is no board: it needs a list "charts".');
  const charts = given.charts.slice(0, MOST).map((one, place) => {
    if (!Array.isArray(one?.series) || one.series.some((each) => typeof each !== "string")) {
      throw new Error(`Chart ${place + 1} of the file needs a list "series" of texts such as "btc:BlkCnt".`);
    }
    const list = (value) => (Array.isArray(value) ? value : []);
    const state = {
      ...chart.empty(),
      series: one.series.map(chart.spec),
      from: dayOf(one, "from", place),
      to: dayOf(one, "to", place),
      asOf: dayOf(one, "as_of", place),
      panes: list(one.panes).map(String),
      log: list(one.log).map(String),
      notes: list(one.notes).filter((note) => note?.day && note.text).map(({ day, text: note }) => ({ day: String(day), text: String(note) })),
      halvings: one.halvings !== false,
    };
    return { title: String(one.title ?? `Chart ${place + 1}`), state: chart.write(state) };
  });
  return { ...DEFAULTS, title: String(given.title ?? DEFAULTS.title), charts };
}

/** The board that charts were added to last in this browser. */
export const kept = () => read(localStorage.getItem(KEPT) ?? "");

export const keep = (board) => localStorage.setItem(KEPT, write(board));

/** Add a chart to the kept board; returns the address of the board. */
export function keepOnBoard(state) {
  const board = kept() ?? { ...DEFAULTS, charts: [] };
  const title = state.series.map(({ formula }) => formula.replaceAll(/\w+:/g, "")).join(", ");
  const made = { ...board, charts: [...board.charts, { title, state: chart.write(state) }].slice(-MOST) };
  keep(made);
  return `/#${write(made)}`;
}
