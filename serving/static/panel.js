// The series that are chosen, how each is shown, and the notes: what stands around the chart to change it.

import { colour, print } from "./option.js";
import { el } from "./shell.js";
import { byId } from "./tools.js";
import { FORMS, VERSUS } from "./state.js";
import { SHOWN_AS } from "./windows.js";

function latest(shown, one) {
  const found = shown.find((each) => each.text === one.text);
  const value = found?.data.values.findLast((text) => text !== "");
  return value === undefined ? "" : print(Number(value));
}

/** A button for each series, to say more about it, and one to remove it. */
export function showChosen(chosen, shown, current, { choose, remove }) {
  byId("chosen").replaceChildren(
    ...chosen.map((one) => {
      const drawn = shown.find((each) => each.text === one.text && !each.problem);
      const name = el("button", { type: "button", "aria-current": String(one.text === current), onclick: () => choose(one) }, drawn?.label ?? one.label);
      const item = el("li", {}, name, el("span", { class: "latest", title: "the latest value, rounded" }, latest(shown, one)));
      if (drawn) item.style.borderLeftColor = colour(drawn.colour);
      item.append(el("button", { type: "button", "aria-label": `Remove ${one.label}`, onclick: () => remove(one) }, "×"));
      return item;
    }),
  );
}

export function showProblems(texts) {
  byId("problems").replaceChildren(...texts.map((text) => el("li", {}, text)));
}

function select(label, id, choices, value, changed) {
  const made = el("select", { id, onchange: (event) => changed(event.target.value) });
  made.append(...Object.entries(choices).map(([key, text]) => new Option(text, key, false, key === value)));
  return el("label", {}, `${label} `, made);
}

/** The form that says how one series is shown; `change` gets what differs, `again` wishes for the series once more. */
export function showEditor(one, { change, again }) {
  const form = byId("editor");
  form.hidden = !one || Boolean(one.problem);
  if (form.hidden) return;
  const focused = document.activeElement?.id;
  const { form: drawnAs, as, versus, own } = one.spec;
  const names = Object.fromEntries(Object.entries(SHOWN_AS).map(([key, { name }]) => [key, name]));
  form.replaceChildren(
    el("strong", {}, one.label),
    select("Draw as", "edit-form", FORMS, drawnAs, (value) => change({ form: value })),
    select("Show", "edit-as", { "": "values", ...names }, as, (value) => change({ as: value })),
    select("Compare with", "edit-versus", { "": "nothing", ...VERSUS }, versus, (value) => change({ versus: value })),
    el("label", {}, el("input", { type: "checkbox", id: "edit-own", checked: own, onchange: (event) => change({ own: event.target.checked }) }), " In a pane of its own"),
    el("button", { type: "button", id: "again", onclick: again }, "Add it once more"),
  );
  if (focused && form.querySelector(`#${focused}`)) byId(focused).focus();
}

export function showNotes(notes, remove) {
  byId("notes").replaceChildren(
    ...notes.map((note) =>
      el("li", {}, `${note.day} ${note.text} `, el("button", { type: "button", "aria-label": `Remove the note of ${note.day}`, onclick: () => remove(note) }, "×")),
    ),
  );
}

/** Beside each pane: its scale, and buttons that move it. */
export function showPanes(place, chart, names, { isLog, log, move }) {
  place.querySelector(".panes")?.remove();
  const focused = document.activeElement?.dataset?.pane;
  const bars = el("div", { class: "panes" });
  chart.panes.forEach((pane, index) => {
    const name = names[index];
    const button = (text, label, to) => el("button", { type: "button", "data-pane": `${label} ${name}`, "aria-label": `Move ${name} ${label}`, disabled: to < 0 || to >= names.length, onclick: () => move(name, to) }, text);
    const bar = el(
      "div",
      { class: "pane" },
      el("label", {}, el("input", { type: "checkbox", "data-pane": `log ${name}`, "aria-label": `Logarithmic scale of ${name}`, checked: isLog(name), onchange: () => log(name) }), " log"),
      ...(names.length > 1 ? [button("↑", "up", index - 1), button("↓", "down", index + 1)] : []),
    );
    bar.style.top = `${pane.top - (index ? 24 : 38)}px`;
    bars.append(bar);
  });
  place.append(bars);
  if (focused) [...bars.querySelectorAll("[data-pane]")].find((each) => each.dataset.pane === focused)?.focus();
}
