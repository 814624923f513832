// Search in the catalogue: a list of buttons that the arrow keys move through.

const SHOWN = 200;

/** Metrics of an asset that have all words of the query somewhere; matches in the id come first. */
export function find(catalogue, asset, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = catalogue.metrics.filter((metric) => {
    const text = `${metric.id} ${metric.name} ${metric.description} ${metric.category} ${metric.subcategory}`.toLowerCase();
    return metric.assets[asset] && words.every((word) => text.includes(word));
  });
  const rank = (metric) => (words.every((word) => metric.id.toLowerCase().includes(word)) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}

export function list(place, metrics, isChosen, toggle) {
  const items = metrics.slice(0, SHOWN).map((metric) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.metric = metric.id;
    button.setAttribute("aria-pressed", String(isChosen(metric.id)));
    const about = document.createElement("small");
    about.textContent = [metric.name, metric.unit, metric.labelled].filter(Boolean).join(", ");
    button.append(metric.id, about);
    button.addEventListener("click", () => toggle(metric.id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  place.replaceChildren(...items);
}

export function sentence(count) {
  if (!count) return "No metric found.";
  return `${count} metric${count === 1 ? "" : "s"} found${count > SHOWN ? `; the first ${SHOWN} are listed` : ""}.`;
}

/** Arrow keys, Home and End move between the field and the results. */
export function moveByKeys(field, place) {
  const buttons = () => [...place.querySelectorAll("button")];
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      buttons()[0]?.focus();
      event.preventDefault();
    }
  });
  place.addEventListener("keydown", (event) => {
    const all = buttons();
    const here = all.indexOf(document.activeElement);
    const target = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    (target < 0 ? field : all[Math.min(target, all.length - 1)]).focus();
  });
}
