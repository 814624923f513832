// One chart of a board: its title, its series, and buttons that move it.

import { Chart } from "./chart.js";
import { compose, describe, loadState } from "./drawing.js";
import { showLegend } from "./legend.js";
import { el } from "./shell.js";
import * as store from "./state.js";

export class Card {
  /** Make the element; `on` has what the buttons and the chart do, and where the card stands of how many. */
  constructor({ title, state }, on) {
    this.state = { ...store.empty(), ...store.read(state) };
    const button = (text, label, disabled, action) => el("button", { type: "button", "aria-label": `${label} ${title}`, disabled, onclick: action }, text);
    this.legend = el("p", {});
    this.problem = el("p", { class: "quiet", role: "status" });
    this.place = el("div", {});
    this.link = el("a", { href: `/chart#${store.write(this.state)}` }, title);
    this.element = el(
      "section",
      { class: "card", "aria-label": title },
      el("div", { class: "card-head" },
        el("h2", {}, this.link),
        button("←", "Move forward", on.place === 0, () => on.move(on.place - 1)),
        button("→", "Move back", on.place === on.count - 1, () => on.move(on.place + 1)),
        button("×", "Remove", false, on.remove)),
      this.legend,
      this.place,
      this.problem,
    );
    this.chart = new Chart(this.place, { range: on.range, reset: on.reset }, { compact: true });
  }

  /** Load its series: at once, or as soon as it is nearly in view. */
  load(catalogue, guarded, failure, now) {
    const seen = now ? Promise.resolve() : new Promise((done) => {
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        done();
      }, { rootMargin: "300px" });
      observer.observe(this.element);
    });
    this.loaded = seen.then(() => loadState(catalogue, { ...this.state, series: this.state.series ?? [] }, guarded, failure));
    this.waits = !now;
  }

  /** Draw it over the days of the board, or where it has none over its own. */
  async show(range) {
    this.range = range;
    const drawn = this.loaded.then((loaded) => this.draw(loaded));
    // Callers wait for charts in view only.
    if (!this.waits) await drawn;
  }

  draw(loaded) {
    if (this.gone) return;
    const wanted = this.range.from || this.range.to ? this.range : { from: this.state.from, to: this.state.to };
    const view = compose({ ...this.state, ...wanted }, loaded);
    const why = loaded.chosen.filter((one) => one.problem).map((one) => `${one.label}: ${one.problem}`);
    this.problem.textContent = [...new Set(why), view.problem].filter(Boolean).join(" ");
    this.link.href = `/chart#${store.write({ ...this.state, series: this.state.series ?? [], ...wanted })}`;
    showLegend(this.legend, view.shown);
    this.chart.draw(view.drawing, describe(view, loaded.chosen));
    this.element.dataset.drawn = "true";
  }

  dispose() {
    this.gone = true;
    this.chart.dispose();
  }

  resize() {
    this.chart.resize();
  }
}
