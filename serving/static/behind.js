// Drill-down from a day of the chart to the transactions behind its values, for metrics of the ledger.

import { request } from "./api.js";
import { behindLink, el } from "./shell.js";

const known = new Map();

/** The assets of which a metric's values can be followed down. */
function followed(id) {
  if (!known.has(id)) {
    const asked = request(`/page/metric/${encodeURIComponent(id)}`).then((answer) => answer.json());
    asked.catch(() => known.delete(id));
    known.set(id, asked.then((about) => about.followed_down));
  }
  return known.get(id);
}

/** Links for a day, one for each of the series that is a metric which can be followed down; empties the place else. */
export async function showBehind(place, chosen, day, guarded) {
  const links = [];
  for (const { asset, metric } of chosen.filter((one) => one.metric && one.data.days.includes(day))) {
    await guarded(async () => {
      if ((await followed(metric)).includes(asset)) links.push(el("a", { href: behindLink(metric, day) }, metric));
    });
  }
  const text = links.length ? `What the values of ${day} are made of: ` : "";
  place.replaceChildren(text, ...links.flatMap((link, index) => (index ? [", ", link] : [link])));
}
