// The days that are shown: all that the chosen series have, or a range of them.

/** The first and the last day on which a series has a value or a reason for having none; empty without any. */
function all(chosen) {
  const ends = (one) => [one.data.days[0], one.data.days.at(-1), one.gaps[0]?.[0], one.gaps.at(-1)?.[1]];
  const found = chosen.flatMap(ends).filter(Boolean).sort();
  return [found[0] ?? "", found.at(-1) ?? ""];
}

/** The range, or where it is open all days. */
export function bounds(chosen, { from, to }) {
  const [first, last] = all(chosen);
  return [from || first, to || last];
}

/** Why no series has a day in the range; null where one may have. */
export function problem(chosen, range) {
  const [from, to] = bounds(chosen, range);
  const [first, last] = all(chosen);
  if (!first || (from <= to && from <= last && to >= first)) return null;
  if (range.from && range.to && from > to) return `${from} to ${to}: there is nothing to show, as the first day lies after the last one.`;
  const where = [range.from && `from ${from}`, range.to && `to ${to}`].filter(Boolean).join(" ");
  return `${where}: there is nothing to show, as what is chosen has days from ${first} to ${last}.`;
}

/** A day of a link; one that is none counts as left out, which `notes` then say. */
export function ofLink(state, side, notes) {
  const text = state.get(side) ?? "";
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  // Some days that do not exist, such as 30 February, are read as later ones.
  if (!text || (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text))) return text;
  notes.push(`The link's ${side}=${text} is no day such as 2023-01-31; it is left out.`);
  return "";
}
