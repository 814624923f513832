// Finding a metric: ranked search, favourites, what was used last, and trees by category and by exchange.
// Any page can mount it: `mountFinder(place, { catalogue, asset, pick })`.

import { favourites, isFavourite, recent, toggleFavourite } from "./kept.js";
import * as search from "./search.js";
import { el } from "./shell.js";

const open = new Set(["Favourites", "Recently used"]);

/** Metrics by the parts of their path, such as category and subcategory; in the catalogue's order. */
function grouped(metrics, pathOf) {
  const tree = new Map();
  for (const metric of metrics) {
    let branch = tree;
    const path = pathOf(metric);
    path.forEach((part, depth) => {
      const last = depth === path.length - 1;
      if (!branch.has(part)) branch.set(part, last ? [] : new Map());
      branch = branch.get(part);
    });
    branch.push(metric);
  }
  return tree;
}

const size = (branch) => (Array.isArray(branch) ? branch.length : [...branch.values()].reduce((sum, part) => sum + size(part), 0));
const sorted = (tree) => [...tree].sort(([a], [b]) => a.localeCompare(b));

/**
 * Mount the finder.
 *
 * @param place - element that it fills
 * @param catalogue - what `/page/catalogue` answers
 * @param asset - gives the asset whose metrics are found
 * @param isChosen - whether a metric is shown as chosen
 * @param pick - is called with the id of a metric that is clicked
 * @param valueless - whether metrics are listed too of which the asset has no value, by the reason why not
 * @returns {{refresh: () => void}} draws it anew after the asset, the choice or the favourites changed
 */
export function mountFinder(place, { catalogue, asset, isChosen = () => false, pick, valueless = false }) {
  const field = el("input", { type: "search", id: "find", autocomplete: "off", spellcheck: "false" });
  const found = el("p", { class: "quiet", role: "status" });
  const results = el("ul", { class: "results", "aria-label": "Metrics found; arrow keys move, Enter opens" });
  const trees = el("div", { class: "trees" });
  place.replaceChildren(el("label", { for: "find" }, "Search names, ids and definitions"), field, found, results, trees);

  const line = (metric) => {
    const star = el("button", {
      type: "button", class: "star", "aria-pressed": String(isFavourite(metric.id)), "aria-label": `Favourite ${metric.id}`,
      onclick: () => {
        toggleFavourite(metric.id);
        refresh();
        place.querySelector(`[data-metric="${CSS.escape(metric.id)}"]`)?.focus();
      },
    }, isFavourite(metric.id) ? "★" : "☆");
    const name = el("button", {
      type: "button", "data-metric": metric.id, "aria-pressed": String(isChosen(metric.id)), onclick: () => pick(metric.id),
    }, metric.id, el("small", {}, [metric.name, metric.unit, metric.labelled].filter(Boolean).join(", ")));
    return el("li", {}, name, star);
  };

  // A branch is filled when it is opened: there are 955 metrics.
  const branch = (title, content, path) => {
    const key = [...path, title].join(" / ");
    const body = el("div", {});
    const fill = () => {
      const parts = Array.isArray(content)
        ? [el("ul", { class: "results" }, ...content.map(line))]
        : sorted(content).map(([name, part]) => branch(name, part, [...path, title]));
      body.replaceChildren(...parts);
    };
    const made = el("details", { open: open.has(key) }, el("summary", {}, `${title} `, el("small", {}, String(size(content)))), body);
    if (made.open) fill();
    made.addEventListener("toggle", () => {
      if (made.open) open.add(key);
      else open.delete(key);
      if (made.open && !body.hasChildNodes()) fill();
    });
    return made;
  };

  function refresh() {
    const query = field.value.trim();
    const having = search.find(catalogue, asset(), query);
    results.hidden = found.hidden = !query;
    trees.hidden = Boolean(query);
    if (query) {
      results.replaceChildren(...having.slice(0, 200).map(line));
      found.textContent = search.sentence(having.length);
      return;
    }
    const byId = new Map(having.map((metric) => [metric.id, metric]));
    const those = (ids) => ids.map((id) => byId.get(id)).filter(Boolean);
    const reasonOf = (metric) => metric.without[asset()];
    const missing = valueless ? catalogue.metrics.filter((metric) => !metric.assets[asset()] && reasonOf(metric)) : [];
    const ofExchanges = having.filter((metric) => metric.exchange);
    trees.replaceChildren(
      ...[["Favourites", those(favourites())], ["Recently used", those(recent())]]
        .filter(([, metrics]) => metrics.length)
        .map(([title, metrics]) => branch(title, metrics, [])),
      branch("By category", grouped(having, (metric) => [metric.category, metric.subcategory]), []),
      branch("By exchange", grouped(ofExchanges, (metric) => [catalogue.exchanges[metric.exchange] ?? metric.exchange, metric.subcategory]), []),
      missing.length ? branch("Without a value", grouped(missing, (metric) => [reasonOf(metric)]), []) : "",
    );
  }

  field.addEventListener("input", refresh);
  search.moveByKeys(field, results);
  refresh();
  return { refresh };
}
