// The options for ECharts: a pane for each unit, one below the other, over the same days.

import { numberOf } from "./derive.js";

const DAY = 86_400_000;
const FEW = 60;

const COLOURS = {
  light: ["#0b5394", "#b45309", "#1a7f37", "#8250df", "#b91c5c", "#0e7490", "#6b4f00", "#475569"],
  dark: ["#6cb6ff", "#ffb454", "#7ee787", "#d2a8ff", "#ff8fb3", "#5fd4e6", "#e3c75f", "#b6c2cf"],
};

export function colour(index) {
  const list = COLOURS[document.documentElement.dataset.theme] ?? COLOURS.light;
  return list[index % list.length];
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

/** A number as axes and legends have it: four digits. */
export const print = (number) =>
  number === 0 || (Math.abs(number) >= 1e-3 && Math.abs(number) < 1e15) ? short.format(number) : String(Number(number.toPrecision(3)));

const style = () => {
  const css = getComputedStyle(document.documentElement);
  const value = (name) => css.getPropertyValue(name).trim();
  return { text: value("--text"), quiet: value("--quiet"), line: value("--line"), back: value("--back"), panel: value("--panel") };
};

/** Where panes lie: from the top, with room for the name of each above it and for days below the last. */
export function layout(count, width, compact) {
  const head = 24;
  // Above the first pane the names of marks have a line of their own.
  const above = 14;
  const height = compact ? Math.max(90, 190 / count) : [0, 330, 220, 180][Math.min(count, 3)];
  const left = width < 500 ? 46 : 62;
  const panes = Array.from({ length: count }, (_, index) => ({ top: above + index * (height + head + 8) + head, height, left, width: width - left - 12 }));
  return { panes, height: above + count * (height + head + 8) + 22 };
}

/** Numbers of one series on all days between two, null where it has none, or none that fits. */
export function column(data, first, length, positive) {
  const numbers = new Array(length).fill(null);
  data.days.forEach((day, index) => {
    const place = numberOf(day) - first;
    if (place < 0 || place >= length || data.values[index] === "") return;
    const number = Number(data.values[index]);
    if (!positive || number > 0) numbers[place] = number;
  });
  return numbers;
}

/** Room that the name of a mark takes, in pixels. */
const NAME = 130;

function marks(drawing, days, index, look, width) {
  const lines = [];
  for (const day of drawing.halvings) lines.push({ xAxis: numberOf(day) * DAY, name: "halving", lineStyle: { type: "dashed" } });
  for (const { day, text } of drawing.notes) lines.push({ xAxis: numberOf(day) * DAY, name: text, lineStyle: { type: "solid" } });
  const within = lines.filter(({ xAxis }) => xAxis >= days.from && xAxis <= days.to).sort((a, b) => a.xAxis - b.xAxis);
  // Names that would lie over each other are cut where the next begins.
  const pixels = (from, to) => ((to - from) / (days.to - days.from)) * width;
  within.forEach((line, place) => {
    const room = pixels(line.xAxis, within[place + 1]?.xAxis ?? Infinity) - 6;
    line.label = room < 20 ? { show: false } : { width: Math.min(NAME, room) };
  });
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: look.quiet, width: 1 },
    label: { show: index === 0, formatter: "{b}", color: look.quiet, fontSize: 11, position: "insideEndTop", rotate: 0, align: "left", padding: [0, 0, 0, 3], width: NAME, overflow: "truncate" },
    data: within,
  };
}

/** Days without a value as shaded areas; many single ones would be no more than a shade. */
function shades(series, days, look) {
  const areas = series
    .flatMap(({ gaps }) => gaps)
    .map(([from, to]) => [Math.max(numberOf(from) * DAY - DAY / 2, days.from), Math.min(numberOf(to) * DAY + DAY / 2, days.to)])
    .filter(([from, to]) => from < to)
    .slice(0, 100);
  return { silent: true, animation: false, itemStyle: { color: look.line, opacity: 0.25 }, data: areas.map(([from, to]) => [{ xAxis: from }, { xAxis: to }]) };
}

function drawn(one, place, drawing, days) {
  const numbers = column(one.data, days.first, days.length, drawing.isLog(one.pane));
  const ink = colour(one.colour);
  const common = {
    name: one.label,
    xAxisIndex: place,
    yAxisIndex: place,
    silent: true,
    animation: false,
    data: numbers.map((number, index) => [(days.first + index) * DAY, number]),
  };
  if (one.spec.form === "bar" && !one.dashed) return { ...common, type: "bar", itemStyle: { color: ink }, barCategoryGap: "10%", barMaxWidth: 40, large: true, largeThreshold: 800 };
  // A single value between two gaps would not be visible as a line.
  const alone = numbers.some((number, index) => number !== null && (numbers[index - 1] ?? null) === null && (numbers[index + 1] ?? null) === null);
  return {
    ...common,
    type: "line",
    showSymbol: days.length < FEW || alone,
    symbol: "circle",
    symbolSize: days.length < FEW ? 4 : (_value, { dataIndex }) => ((numbers[dataIndex - 1] ?? null) === null && (numbers[dataIndex + 1] ?? null) === null ? 3 : 0),
    connectNulls: false,
    itemStyle: { color: ink },
    lineStyle: { color: ink, width: 1.5, type: one.dashed ? "dashed" : "solid", opacity: one.dashed ? 0.7 : 1 },
    ...(one.spec.form === "area" && !one.dashed ? { areaStyle: { color: ink, opacity: 0.25 } } : {}),
    ...(one.spec.form === "stacked" && !one.dashed ? { areaStyle: { color: ink, opacity: 0.55 }, stack: one.pane } : {}),
  };
}

/** The days whose value was changed since it was reviewed, as rings on the line. */
function revisions(one, place, days, positive) {
  const numbers = new Map(one.data.days.map((day, index) => [day, one.data.values[index]]));
  const data = [...one.data.statuses]
    .filter(([day, status]) => status === "revised" && numbers.get(day) && !(positive && Number(numbers.get(day)) <= 0))
    .map(([day]) => [numberOf(day) * DAY, Number(numbers.get(day))])
    .filter(([time]) => time >= days.from && time <= days.to);
  return {
    type: "line",
    xAxisIndex: place,
    yAxisIndex: place,
    silent: true,
    animation: false,
    symbol: "emptyCircle",
    symbolSize: 7,
    showAllSymbol: true,
    itemStyle: { color: colour(one.colour) },
    lineStyle: { opacity: 0 },
    data,
  };
}

/** Bounds of a logarithmic axis, and the numbers that it names: powers of ten, and of few of them 2 and 5 times these. */
export function logAxis(numbers) {
  let [low, high] = [Infinity, 0];
  for (const number of numbers) {
    if (number === null) continue;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  if (!high) return { min: 1, max: 10, empty: true };
  [low, high] = [low / 1.05, high * 1.05];
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : decades > 1 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    found.push(...steps.map((step) => Number((step * 10 ** power).toPrecision(6))).filter((tick) => tick >= low && tick <= high));
  }
  const every = Math.ceil(found.length / 6);
  const customValues = found.filter((_, index) => index % every === 0);
  return customValues.length ? { min: low, max: high, axisTick: { customValues }, axisLabel: { customValues } } : { min: low, max: high };
}

/** Numbers that a logarithmic pane has to reach: those of its series, and what stacked ones come to together. */
function heights(series, days) {
  const columns = series.map((one) => column(one.data, days.first, days.length, true));
  const stacked = columns.filter((_, index) => series[index].spec.form === "stacked");
  const sums = stacked.length ? stacked[0].map((_, day) => stacked.reduce((sum, numbers) => sum + numbers[day], 0) || null) : [];
  return [...columns.flat(), ...sums];
}

function axes(place, pane, names, drawing, days, look) {
  const inPane = drawing.series.filter((one) => one.pane === names[place]);
  const fromZero = inPane.some((one) => one.spec.form !== "line");
  const last = place === names.length - 1;
  const lines = { lineStyle: { color: look.line } };
  const { empty, ...scale } = drawing.isLog(names[place]) ? logAxis(heights(inPane, days)) : {};
  const log = "min" in scale ? scale : null;
  return {
    grid: { ...pane, containLabel: false, outerBoundsMode: "none" },
    x: {
      type: "time",
      gridIndex: place,
      min: days.from,
      max: days.to,
      axisLine: { ...lines, onZero: false },
      axisTick: { show: last, ...lines },
      axisLabel: { show: last, color: look.quiet, hideOverlap: true, fontSize: 11 },
      splitLine: { show: false },
    },
    y: {
      type: log ? "log" : "value",
      ...log,
      gridIndex: place,
      scale: !fromZero,
      splitNumber: pane.height < 150 ? 3 : 5,
      axisLabel: { color: look.quiet, formatter: print, fontSize: 11, hideOverlap: true, ...log?.axisLabel },
      splitLine: { ...lines, lineStyle: { color: look.line, opacity: 0.6 } },
      axisLine: { show: false },
    },
    title: { text: `${names[place]}${empty ? ": no value above zero, which a logarithmic scale needs" : ""}`, left: pane.left - 6, top: pane.top - (place ? 23 : 37), padding: 4, textStyle: { color: look.text, fontSize: 12, fontWeight: "bold" } },
  };
}

const LINE = 18;

/** Lines below a picture without the page: series in their colours, days, and what is to be known of the data. */
function legend(drawing, width, look) {
  const small = { fontSize: 12, fontWeight: "normal" };
  const lines = [[]];
  let room = width;
  for (const one of drawing.series) {
    // An estimate of the width of a letter of this size.
    const needed = 7 * one.label.length + 30;
    if (room < needed && lines.at(-1).length) {
      lines.push([]);
      room = width;
    }
    room -= needed;
    lines.at(-1).push(one);
  }
  const made = lines.map((series) => {
    const rich = Object.fromEntries(series.map((one, index) => [`c${index}`, { ...small, color: colour(one.colour) }]));
    const text = series.map((one, index) => `{c${index}|${one.dashed ? "┄" : "━"} ${one.label.replace(/[{}|]/g, " ")}}`);
    return { text: text.join("   "), textStyle: { ...small, rich } };
  });
  made.push({ text: `satledger, ${drawing.from} to ${drawing.to}. ${drawing.note}`, textStyle: { ...small, color: look.quiet } });
  return made.map((line, index) => ({ ...line, left: 8, padding: 0, bottom: 6 + LINE * (made.length - 1 - index) }));
}

/**
 * Everything that ECharts needs for a drawing.
 *
 * A drawing has `series` (of derive.js, with values), `panes` (names in order), `from` and `to` (days), `isLog(pane)`,
 * `halvings` (days), `notes` (of day and text), `note` (a sentence on the data).
 */
export function option(drawing, width, { compact = false, alone = false } = {}) {
  const look = style();
  const { panes, height } = layout(drawing.panes.length, width, compact);
  const first = numberOf(drawing.from);
  const length = numberOf(drawing.to) - first + 1;
  const half = drawing.series.some((one) => one.spec.form === "bar") || length === 1 ? DAY / 2 : 0;
  const days = { first, length, from: first * DAY - half, to: (first + length - 1) * DAY + half };
  const parts = panes.map((pane, place) => axes(place, pane, drawing.panes, drawing, days, look));
  const series = drawing.panes.flatMap((name, place) => {
    const inPane = drawing.series.filter((one) => one.pane === name);
    const frame = { type: "line", data: [], xAxisIndex: place, yAxisIndex: place, silent: true, animation: false };
    return [
      { ...frame, markLine: marks(drawing, days, place, look, panes[place].width), markArea: shades(inPane, days, look) },
      ...inPane.map((one) => drawn(one, place, drawing, days)),
      ...inPane.filter((one) => one.spec.form !== "stacked").map((one) => revisions(one, place, days, drawing.isLog(name))).filter(({ data }) => data.length),
    ];
  });
  const below = alone ? legend(drawing, width, look) : [];
  return {
    height: height + (alone ? 12 + LINE * below.length : 0),
    days,
    panes,
    option: {
      animation: false,
      useUTC: true,
      backgroundColor: look.back,
      grid: parts.map(({ grid }) => grid),
      xAxis: parts.map(({ x }) => x),
      yAxis: parts.map(({ y }) => y),
      title: [...parts.map(({ title }) => title), ...below],
      series,
    },
  };
}
