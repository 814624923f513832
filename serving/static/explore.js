// GraphiQL on the server's own GraphQL interface, with the key that was entered in this tab. Without one the schema and
// the catalogue are open; a key for values can be entered here too.

import { key, request } from "./api.js";
import { askForKey, el, openPage } from "./shell.js";

const FIRST = `# Daily values in the shape of the Santiment API; docs/graphql.md has all arguments.
{
  getMetric(metric: "holders_distribution_1_to_10") {
    metadata { humanReadableName defaultAggregation }
    timeseriesData(slug: "bitcoin", from: "2023-01-01", to: "2023-01-31", interval: "7d") {
      datetime
      value
    }
  }
}
`;

async function fetcher(body, options) {
  const answer = await request("/graphql", body, options?.headers ?? {});
  return answer.json();
}

async function start() {
  await openPage();
  const enter = el("button", { type: "button", id: "enter-key" }, "API key");
  enter.addEventListener("click", async () => {
    const given = await askForKey();
    if (given) key.set(given);
  });
  document.querySelector("header").append(enter);
  const { React, ReactDOM, GraphiQL } = window;
  const given = new URLSearchParams(location.hash.slice(1)).get("query");
  const parts = { fetcher, defaultQuery: FIRST, forcedTheme: document.documentElement.dataset.theme, ...(given === null ? {} : { query: given }) };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, parts));
  document.body.dataset.ready = "true";
}

start();
