// What is shown, as it stands in the address: the one place that reads and writes it.

import { SHOWN_AS } from "./windows.js";
import { ofLink } from "./period.js";

export const FORMS = { __proto__: null, line: "line", bar: "bars", area: "area", stacked: "stacked area" };
export const VERSUS = { __proto__: null, year: "a year before", halving: "a halving before" };

const MOST_NOTES = 50;
const MOST_SERIES = 40;

export const empty = () => ({ series: [], from: "", to: "", asOf: "", panes: [], log: [], notes: [], halvings: true });

/** Parts of a text between separators that stand outside of parentheses. */
function split(text, separator) {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === separator && depth <= 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** A series as a link names it, such as `btc:BlkCnt;bar;ma30;vs-year;own`: a formula and how it is shown. */
export function spec(text) {
  const [formula = "", ...options] = text.split(";").map((part) => part.trim());
  const made = { formula, form: "line", as: "", versus: "", own: false };
  for (const option of options) {
    if (FORMS[option]) made.form = option;
    else if (SHOWN_AS[option]) made.as = option;
    else if (VERSUS[option.replace("vs-", "")] && option.startsWith("vs-")) made.versus = option.slice(3);
    else if (option === "own") made.own = true;
  }
  return made;
}

/** The same as a link has it. */
export function specText({ formula, form, as, versus, own }) {
  return [formula, form === "line" ? "" : form, as, versus && `vs-${versus}`, own ? "own" : ""].filter(Boolean).join(";");
}

/** What a text such as an address's fragment asks for; what cannot be read is told in `problems`. */
export function read(text, problems = []) {
  const given = new URLSearchParams(text.replace(/^[#?]/, ""));
  const list = (name) => given.get(name)?.split("|").filter(Boolean) ?? [];
  const series = given.has("series") ? split(given.get("series"), ",") : null;
  if (series?.length > MOST_SERIES) problems.push(`A chart has up to ${MOST_SERIES} series; of the link's ${series.length} the first ones are shown.`);
  const notes = [];
  for (const part of list("notes").slice(0, MOST_NOTES)) {
    const day = ofLink(new URLSearchParams({ note: part.slice(0, 10) }), "note", problems);
    if (day && part.slice(11).trim()) notes.push({ day, text: part.slice(11).trim() });
  }
  return {
    series: series?.slice(0, MOST_SERIES).map(spec) ?? null,
    from: ofLink(given, "from", problems),
    to: ofLink(given, "to", problems),
    asOf: ofLink(given, "as_of", problems),
    panes: list("panes"),
    log: list("log"),
    notes,
    halvings: given.get("halvings") !== "0",
  };
}

/** The fragment of a state. */
export function write(state) {
  const made = new URLSearchParams({ series: state.series.map(specText).join(",") });
  if (state.from) made.set("from", state.from);
  if (state.to) made.set("to", state.to);
  if (state.log.length) made.set("log", state.log.join("|"));
  if (state.panes.length) made.set("panes", state.panes.join("|"));
  if (state.asOf) made.set("as_of", state.asOf);
  if (state.notes.length) made.set("notes", state.notes.map(({ day, text }) => `${day} ${text.replaceAll("|", " ")}`).join("|"));
  if (!state.halvings) made.set("halvings", "0");
  return String(made);
}

/** Put a state into the address: as a step that Back leads away from, or in place of what is there. */
export function remember(state, step = true) {
  const address = `#${write(state)}`;
  if (address === location.hash) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Whether a pane has a logarithmic scale; links of before had one switch for all. */
export const isLog = (state, pane) => state.log.includes("1") || state.log.includes(pane);

/** The switches with that of one pane turned over, of all `panes` that there are. */
export function switchLog(state, pane, panes) {
  const on = panes.filter((one) => isLog(state, one));
  return on.includes(pane) ? on.filter((one) => one !== pane) : [...on, pane];
}

/** Panes in the order that the state has; new ones come last. */
export function ordered(state, names) {
  return [...state.panes.filter((name) => names.includes(name)), ...names.filter((name) => !state.panes.includes(name))];
}
