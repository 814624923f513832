// What a metric means: its definition, its unit, its days, and the SQL behind it.

import { el, metricLink } from "./shell.js";
import { byId } from "./tools.js";

/** Show the definition of a series; of a formula, what it is made of. */
export function showDefinition(catalogue, one) {
  const about = (id) => catalogue.metrics.find((metric) => metric.id === id);
  const metric = one && about(one.metric);
  const formula = one && !one.metric && one.references?.length;
  byId("definition").hidden = !metric && !formula;
  byId("of-model").hidden = !metric;
  if (formula) {
    byId("definition-title").textContent = one.label;
    byId("meaning").textContent = "Computed by this page, day by day, in double precision; a day on which a part has no value has none.";
    facts(Object.fromEntries([["Unit", one.unit], ...one.references.map(({ asset, metric: id }) => [`${asset} ${id}`, about(id)?.description ?? "There is no such metric."])]));
  }
  if (!metric) return;
  byId("definition-title").textContent = `${metric.name} (${metric.id})`;
  byId("whole-page").href = metricLink(metric.id);
  byId("meaning").textContent = metric.description;
  facts({
    Unit: metric.unit,
    Category: `${metric.category}, ${metric.subcategory}`,
    Days: metric.assets[one.asset]?.join(" to ") ?? "none",
    Table: metric.source_model,
    ...(metric.labelled ? { Labels: metric.labelled } : {}),
  });
  byId("model-docs").href = `/docs/dbt/#!/model/model.satledger.${metric.source_model}`;
  const sql = byId("sql");
  if (sql.dataset.model === metric.source_model) return;
  sql.dataset.model = metric.source_model;
  sql.open = false;
  sql.querySelector("code").textContent = "";
  byId("reads").replaceChildren();
}

function facts(list) {
  byId("facts").replaceChildren(...Object.entries(list).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
