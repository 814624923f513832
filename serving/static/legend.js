// The legend: names of series in their colours.

import { colour } from "./option.js";
import { el } from "./shell.js";

export function showLegend(place, shown) {
  place.classList.add("legend");
  place.replaceChildren(
    ...shown.filter((one) => !one.problem).map((one) => {
      const ink = el("span", { class: "ink", "aria-hidden": "true" }, one.dashed ? "┄" : "━");
      ink.style.color = colour(one.colour);
      return el("span", {}, ink, ` ${one.label}`);
    }),
  );
}
