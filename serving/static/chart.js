// The chart: drawn by ECharts, with a cursor that mouse, touch and keyboard move over the days.

import { dayOf } from "./derive.js";
import { colour, option } from "./option.js";
import { el } from "./shell.js";
import { init } from "./vendor/echarts/echarts.js";

const DAY = 86_400_000;
const STATUS = { revised: "revised since it was reviewed" };
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 };

/** What a series has on a day: the exact text and its status, or why it has none. */
export function valueAt(one, day) {
  // Binary search: days are sorted.
  let [low, high] = [0, one.data.days.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (one.data.days[middle] < day) low = middle + 1;
    else high = middle;
  }
  const value = one.data.days[low] === day ? one.data.values[low] : "";
  if (value !== "") return { value, status: STATUS[one.data.statuses.get(day)] };
  const gap = one.gaps.find(([from, to]) => day >= from && day <= to);
  return { reason: gap?.[2] ?? "no value" };
}

export class Chart {
  /**
   * Make a chart in an element. Of `on`, `range(from, to)` is told the days that were dragged out, `reset()` is called on
   * a double click, `pick(day)` on a click, a tap or Enter.
   */
  constructor(place, on = {}, { compact = false } = {}) {
    this.place = place;
    this.on = on;
    this.compact = compact;
    this.plot = el("div", { class: "canvas", tabindex: "0", role: "slider", "aria-label": "No series chosen yet", "aria-valuenow": 0, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuetext": "no day" });
    this.ending = new AbortController();
    this.line = el("div", { class: "cursor", hidden: true });
    this.readout = el("div", { class: "readout", hidden: true });
    this.selection = el("div", { class: "selection", hidden: true });
    place.classList.add("view");
    place.replaceChildren(this.plot, this.line, this.selection, this.readout);
    this.#listen();
  }

  /** Draw what option() of plot.js takes; without a series it is empty. */
  draw(drawing, label) {
    this.drawing = drawing;
    this.plot.setAttribute("aria-label", label);
    this.hide();
    if (!drawing.series.length) {
      this.echarts?.dispose();
      this.echarts = null;
      this.plot.style.height = "";
      this.shown = null;
      return;
    }
    const width = this.place.clientWidth;
    this.shown = option(drawing, width, { compact: this.compact });
    this.plot.style.height = `${this.shown.height}px`;
    if (this.echarts) this.echarts.resize({ width, height: this.shown.height });
    else this.echarts = init(this.plot, null, { renderer: "canvas", width, height: this.shown.height });
    this.echarts.setOption(this.shown.option, { notMerge: true });
    const { first, length } = this.shown.days;
    for (const [name, value] of Object.entries({ valuemin: first, valuemax: first + length - 1, valuenow: first + length - 1, valuetext: `to ${drawing.to}` })) {
      this.plot.setAttribute(`aria-${name}`, value);
    }
  }

  /** Free its resources; it cannot be drawn again. */
  dispose() {
    this.echarts?.dispose();
    this.ending.abort();
  }

  resize() {
    if (this.drawing?.series.length && this.place.clientWidth) this.draw(this.drawing, this.plot.getAttribute("aria-label"));
  }

  /** Positions of the panes, for the controls beside them. */
  get panes() {
    return this.shown?.panes ?? [];
  }

  get height() {
    return this.shown?.height ?? 300;
  }

  #dayAt(x) {
    const { from, to, first, length } = this.shown.days;
    const [{ left, width }] = this.shown.panes;
    const number = Math.round((from + ((x - left) / width) * (to - from)) / DAY);
    return Math.min(Math.max(number, first), first + length - 1);
  }

  #xOf(number) {
    const { from, to } = this.shown.days;
    const [{ left, width }] = this.shown.panes;
    return left + ((number * DAY - from) / (to - from || 1)) * width;
  }

  /** Put the cursor on a day, by number, and show what the series have on it. */
  moveTo(number) {
    if (!this.shown) return;
    const { first, length } = this.shown.days;
    this.at = Math.min(Math.max(number, first), first + length - 1);
    const day = dayOf(this.at);
    const x = this.#xOf(this.at);
    this.line.hidden = false;
    this.line.style.left = `${x}px`;
    this.line.style.height = `${this.shown.height - 22}px`;
    const told = this.drawing.series.map((one) => ({ one, ...valueAt(one, day) }));
    this.readout.replaceChildren(
      el("strong", {}, day),
      ...this.#marksOf(day),
      el("table", {}, ...told.map(({ one, value, status, reason }) => {
        const sign = el("td", {}, el("span", { class: "ink" }, one.dashed ? "┄" : "━"));
        sign.firstChild.style.color = colour(one.colour);
        const text = value === undefined ? el("em", {}, reason) : el("span", {}, value);
        return el("tr", {}, sign, el("td", {}, one.label), el("td", { class: "exact" }, text), el("td", {}, status ?? ""));
      })),
    );
    this.readout.hidden = false;
    // On the side that has more room, and never over the cursor.
    const width = this.place.clientWidth;
    const right = x < width / 2;
    Object.assign(this.readout.style, { left: right ? `${x + 10}px` : "", right: right ? "" : `${width - x + 10}px`, maxWidth: `${Math.max(x, width - x) - 10}px` });
    this.plot.setAttribute("aria-valuenow", this.at);
    this.plot.setAttribute("aria-valuetext", `${day}: ${told.map(({ one, value, status, reason }) => `${one.label} ${[value ?? reason, status].filter(Boolean).join(", ")}`).join("; ")}`);
  }

  #marksOf(day) {
    const texts = [...(this.drawing.halvings.includes(day) ? ["halving"] : []), ...this.drawing.notes.filter((note) => note.day === day).map(({ text }) => text)];
    return texts.map((text) => el("em", {}, ` ${text}`));
  }

  hide() {
    this.at = null;
    this.line.hidden = true;
    this.readout.hidden = true;
  }

  #listen() {
    let began = null;
    const x = (event) => event.clientX - this.plot.getBoundingClientRect().left;
    this.plot.addEventListener("pointerdown", (event) => {
      if (!this.shown) return;
      if (event.pointerType === "mouse" && event.button === 0) began = x(event);
      else this.moveTo(this.#dayAt(x(event)));
    });
    this.plot.addEventListener("pointermove", (event) => {
      if (!this.shown) return;
      this.moveTo(this.#dayAt(x(event)));
      if (began === null) return;
      this.selection.hidden = Math.abs(x(event) - began) < 5;
      Object.assign(this.selection.style, { left: `${Math.min(began, x(event))}px`, width: `${Math.abs(x(event) - began)}px`, height: this.line.style.height });
    });
    window.addEventListener("pointerup", (event) => {
      if (began === null) return;
      const [from, to] = [began, x(event)].sort((a, b) => a - b);
      began = null;
      this.selection.hidden = true;
      if (to - from >= 5 && this.shown) this.on.range?.(dayOf(this.#dayAt(from)), dayOf(this.#dayAt(to)));
    }, { signal: this.ending.signal });
    this.plot.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== this.plot) this.hide();
    });
    this.plot.addEventListener("click", (event) => {
      if (this.shown) this.on.pick?.(dayOf(this.#dayAt(x(event))));
    });
    this.plot.addEventListener("dblclick", () => this.on.reset?.());
    this.plot.addEventListener("blur", () => this.hide());
    this.plot.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (!this.shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { first, length } = this.shown.days;
    const last = first + length - 1;
    const at = this.at ?? (event.key in STEPS && STEPS[event.key] > 0 ? first - STEPS[event.key] : last - (STEPS[event.key] ?? 0));
    if (event.key in STEPS) this.moveTo(at + STEPS[event.key] * (event.shiftKey ? 7 : 1));
    else if (event.key === "Home") this.moveTo(first);
    else if (event.key === "End") this.moveTo(last);
    else if (event.key === "Escape") this.hide();
    else if (event.key === "Enter" && this.at !== null) this.on.pick?.(dayOf(this.at));
    else if (event.key === "0") this.on.reset?.();
    else if (event.key === "+" || event.key === "-") {
      const middle = this.at ?? Math.round((first + last) / 2);
      const width = Math.max(2, Math.round(length * (event.key === "+" ? 0.25 : 1)));
      this.on.range?.(dayOf(Math.max(first - (event.key === "-" ? length : 0), middle - width)), dayOf(middle + width));
    } else return;
    event.preventDefault();
  }
}
