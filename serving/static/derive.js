// What is drawn and listed of the chosen series: formulas, means, shares and earlier times, computed day by day.

import { evaluate } from "./formula.js";
import { VERSUS } from "./state.js";
import { FUNCTIONS, SHOWN_AS } from "./windows.js";

const DAY = 86_400_000;

// A cache: all series have the same few thousand days, and parsing a date takes ten times as long as finding it here.
const numbers = new Map();
const days = new Map();

/** A day as a number: days since 1970. */
export function numberOf(day) {
  if (!numbers.has(day)) numbers.set(day, Math.round(Date.parse(day) / DAY));
  return numbers.get(day);
}

export function dayOf(number) {
  if (!days.has(number)) days.set(number, new Date(number * DAY).toISOString().slice(0, 10));
  return days.get(number);
}

/** The days that the parts of a series reach over, by number: the first one and how many. */
function span(parts) {
  const ends = parts.flatMap(({ data, gaps }) => [data.days[0], data.days.at(-1), gaps[0]?.[0], gaps.at(-1)?.[1]]);
  const numbers = ends.filter(Boolean).map(numberOf);
  const first = Math.min(...numbers);
  return { first, length: numbers.length ? Math.max(...numbers) - first + 1 : 0 };
}

function numbersOf({ data }, { first, length }) {
  const numbers = new Float64Array(length).fill(NaN);
  data.days.forEach((day, index) => {
    if (data.values[index] !== "") numbers[numberOf(day) - first] = Number(data.values[index]);
  });
  return numbers;
}

/** Why a part has no value on a day, where it says so. */
function reasonOf(parts, day) {
  for (const { asset, metric, gaps } of parts) {
    const found = gaps.find(([from, to]) => day >= from && day <= to);
    if (found) return parts.length > 1 ? `${asset} ${metric}: ${found[2]}` : found[2];
  }
  return null;
}

/** Days and values as text of numbers that were computed, and runs of days without, where there is a reason. */
function asData(numbers, first, reasonAt) {
  const data = { days: [], values: [], statuses: new Map() };
  const gaps = [];
  numbers.forEach((value, index) => {
    const day = dayOf(first + index);
    if (!Number.isNaN(value)) {
      data.days.push(day);
      data.values.push(String(value));
      return;
    }
    const reason = reasonAt(index, day);
    if (!reason) return;
    const last = gaps.at(-1);
    if (last && last[2] === reason && numberOf(last[1]) === first + index - 1) last[1] = day;
    else gaps.push([day, day, reason]);
  });
  return { data, gaps };
}

/** A series as it was chosen: what the server has, or a formula of it. */
function plain(one) {
  if (one.metric) return { data: one.parts[0].data, gaps: one.parts[0].gaps };
  const days = span(one.parts);
  const columns = new Map(one.parts.map((part) => [`${part.asset}:${part.metric}`, numbersOf(part, days)]));
  const reasons = new Map();
  const numbers = evaluate(one.tree, days.length, ({ asset, metric }) => columns.get(`${asset}:${metric}`), reasons);
  return asData(numbers, days.first, (index, day) => {
    const some = () => [...columns.values()].some((column) => !Number.isNaN(column[index]));
    return reasonOf(one.parts, day) ?? reasons.get(index) ?? (some() ? "a part of the formula has no value" : null);
  });
}

/** The sum on each day of the series of a unit, where all of them have a value. */
function totals(series) {
  const found = new Map();
  for (const { data } of series) {
    data.days.forEach((day, index) => {
      if (data.values[index] === "") return;
      const { sum, count } = found.get(day) ?? { sum: 0, count: 0 };
      found.set(day, { sum: sum + Number(data.values[index]), count: count + 1 });
    });
  }
  return (day) => (found.get(day)?.count === series.length ? found.get(day).sum : NaN);
}

function shownAs(one, peers) {
  const as = SHOWN_AS[one.spec.as];
  if (!as) return one;
  const part = { data: one.data, gaps: one.gaps };
  const days = span([part]);
  const numbers = numbersOf(part, days);
  const reasons = new Map();
  let [result, unit] = [numbers, one.unit];
  if (as.call) {
    result = FUNCTIONS[as.call].apply(numbers, as.days, reasons);
    unit = FUNCTIONS[as.call].unit ?? unit;
  } else {
    const total = totals(peers);
    result = numbers.map((value, index) => (100 * value) / total(dayOf(days.first + index)));
    result.forEach((value, index) => {
      if (!Number.isFinite(value)) result[index] = NaN;
    });
    unit = "Percent";
  }
  const made = asData(result, days.first, (index, day) => reasonOf([part], day) ?? reasons.get(index) ?? (Number.isNaN(numbers[index]) ? null : "the total of the day is not known, or zero"));
  return { ...one, ...made, unit, label: `${one.label}, ${as.name}` };
}

/** The day that stands for a day in an earlier time; null where there is none. */
function earlier(versus, epochs) {
  if (versus === "year") {
    return (day) => {
      const then = `${String(Number(day.slice(0, 4)) - 1).padStart(4, "0")}${day.slice(4)}`;
      return then.endsWith("02-29") ? then.replace("02-29", "02-28") : then;
    };
  }
  const starts = epochs.map(numberOf);
  return (day) => {
    const number = numberOf(day);
    const epoch = starts.findLastIndex((start) => start <= number);
    return epoch > 0 ? dayOf(starts[epoch - 1] + number - starts[epoch]) : null;
  };
}

function ofEarlier(one, epochs) {
  const { versus } = one.spec;
  const then = earlier(versus, epochs);
  const values = new Map(one.data.days.map((day, index) => [day, one.data.values[index]]));
  const data = { days: [], values: [], statuses: new Map() };
  for (const day of one.data.days) {
    const value = values.get(then(day));
    if (value === undefined || value === "") continue;
    data.days.push(day);
    data.values.push(value);
  }
  return { ...one, data, gaps: [], label: `${one.label}, ${VERSUS[versus]}`, dashed: true };
}

/**
 * What is shown of the chosen series, in their order: each with `data`, `gaps`, `unit`, `label`, its `pane` and the
 * place (`colour`) of the chosen one that it belongs to. `epochs` are the days of the chain's start and its halvings.
 */
export function derive(chosen, epochs) {
  const found = chosen.map((one) => (one.problem ? one : { ...one, ...plain(one) }));
  const shown = [];
  let colour = 0;
  for (const one of found) {
    if (one.problem) {
      if (one.gaps.length) shown.push(one);
      continue;
    }
    const peers = found.filter((other) => !other.problem && other.unit === one.unit && other.spec.formula !== "" && isFirst(found, other));
    const made = { ...shownAs(one, peers), colour };
    const placed = { ...made, pane: one.spec.own ? made.label : made.unit };
    shown.push(placed);
    if (one.spec.versus) shown.push(ofEarlier(placed, epochs));
    colour += 1;
  }
  return shown;
}

/** Whether no series before it shows the same formula: a total counts each once. */
const isFirst = (found, one) => found.find((other) => !other.problem && other.spec.formula === one.spec.formula) === one;
