// The SQL behind a metric: its model, and the models that it reads, back to the raw blocks.

import { modelSql } from "./api.js";

const byId = (id) => document.getElementById(id);

/** Show a model's text and a button for every model that it names in ref(). */
export async function showModel(model, guarded) {
  await guarded(async () => {
    const text = await modelSql(model);
    byId("model").textContent = model;
    byId("sql").querySelector("code").textContent = text;
    const reads = [...new Set([...text.matchAll(/ref\(\s*['"](\w+)['"]\s*\)/g)].map((found) => found[1]))];
    byId("reads").replaceChildren(
      ...(reads.length ? ["It reads "] : []),
      ...reads.map((name) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.addEventListener("click", () => showModel(name, guarded));
        return button;
      }),
    );
  });
}
