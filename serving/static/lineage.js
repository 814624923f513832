// What a metric is made from, layer below layer: its model, the models that this reads, and so on down to the raw days.

import { modelSql } from "./api.js";
import { el, guarded } from "./shell.js";

const KINDS = { model: "model", seed: "table of the project", source: "what was read in" };

/** One part: a name that shows what it is, and for a model its SQL. */
function part({ name, kind, description }) {
  if (kind !== "model") return el("li", {}, el("strong", {}, name), ` (${KINDS[kind]})`, description ? `: ${description}` : "");
  const code = el("code", {});
  const made = el("details", {},
    el("summary", {}, name, description ? el("small", {}, ` ${description}`) : ""),
    el("p", {}, el("a", { href: `/docs/dbt/#!/model/model.satledger.${name}` }, "Its columns in the dbt docs")),
    el("pre", { tabindex: "0", role: "region", "aria-label": `SQL of ${name}` }, code),
  );
  made.addEventListener("toggle", () => {
    if (made.open && !code.textContent) guarded(async () => (code.textContent = await modelSql(name)));
  });
  return el("li", {}, made);
}

/** Layers as a numbered list; the first is the metric's own model, the last the raw days. */
export function lineage(layers) {
  const said = (index) => (index === 0 ? "Computed in" : index === layers.length - 1 ? "Down to" : "From");
  const rows = layers.map((layer, index) => el("li", {}, el("p", { class: "quiet" }, said(index)), el("ul", { class: "parts" }, ...layer.map(part))));
  return el("ol", { class: "lineage" }, ...rows);
}
