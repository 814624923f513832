// A small chart of one series: a line that breaks where a day has no value, with the value of a day under the pointer
// or the arrow keys. For several series, marks and transforms there is the chart page.

import { el } from "./shell.js";

const NARROWEST = 300, HEIGHT = 260, LEFT = 70, RIGHT = 12, TOP = 10, BOTTOM = 24;
const DAY = 86_400_000;
const NAMESPACE = "http://www.w3.org/2000/svg";
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const print = (number) => (number === 0 || (Math.abs(number) >= 1e-3 && Math.abs(number) < 1e15) ? short.format(number) : number.toExponential(2));

function svg(name, attributes, ...children) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** Round numbers between two ends, about five of them. */
function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) found.push(tick);
  return found;
}

/** First days of years, or of months where all lies within two years; so many of them as there is room for. */
function dates(first, last, room) {
  const months = last - first < 730 * DAY ? 1 : 12;
  const found = [];
  const begin = new Date(first);
  for (let month = begin.getUTCMonth() + 1; ; month += 1) {
    const time = Date.UTC(begin.getUTCFullYear(), month, 1);
    if (time > last) break;
    if (new Date(time).getUTCMonth() % months === 0) found.push(new Date(time).toISOString().slice(0, months === 1 ? 7 : 4));
  }
  const every = Math.ceil(found.length / room);
  return found.filter((_, index) => index % every === 0);
}

/**
 * Draw a series, and draw it anew when its place gets another width; it may get one only later, with the page.
 *
 * @param place - element that it fills
 * @param days - ISO dates in order
 * @param texts - exact values, empty where a day has none
 * @param label - what the line is, for who cannot see it
 * @param href - gives the address that a day leads to, by a click, by Enter and by a link beside the value; may be left out
 */
export function plot(place, series) {
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 2) return;
    width = contentRect.width;
    draw(place, Math.max(width, NARROWEST), series);
  }).observe(place);
}

function draw(place, width, { days, texts, label, href }) {
  const points = days.map((day, index) => ({ day, text: texts[index], time: Date.parse(day), number: Number(texts[index]) }));
  const known = points.filter((point) => point.text !== "" && Number.isFinite(point.number));
  if (!known.length) {
    place.replaceChildren(el("p", { class: "quiet" }, "There is no value to draw."));
    return;
  }
  const numbers = known.map((point) => point.number);
  let low = numbers.reduce((a, b) => Math.min(a, b)), high = numbers.reduce((a, b) => Math.max(a, b));
  if (low === high) [low, high] = [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
  const [first, last] = [known[0].time, known.at(-1).time];
  const x = (time) => LEFT + ((time - first) / (last - first || 1)) * (width - LEFT - RIGHT);
  const y = (number) => TOP + ((high - number) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  let path = "", before = null;
  for (const point of known) {
    const joined = before !== null && point.time - before <= DAY;
    path += `${joined ? "L" : "M"}${x(point.time).toFixed(1)} ${y(point.number).toFixed(1)}`;
    if (!joined) path += "h.1";
    before = point.time;
  }
  const lines = ticks(low, high).map((tick) => svg("g", {},
    svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick), class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, print(tick)),
  ));
  const marks = dates(first, last, Math.floor((width - LEFT) / 75)).map((text) => svg("text", { x: x(Date.parse(text)), y: HEIGHT - 6, "text-anchor": "middle" }, text));
  const dot = svg("circle", { r: 4, class: "dot", visibility: "hidden" });
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "plot", tabindex: 0, role: "img" },
    ...lines, ...marks, svg("path", { d: path, class: "line" }), dot);
  drawn.setAttribute("aria-label", `Line chart of ${label}, ${known[0].day} to ${known.at(-1).day}, ${known.length} days; arrow keys read the values`);
  const told = el("p", { class: "told", role: "status" });
  let here = known.length - 1;
  const show = (index) => {
    here = Math.min(Math.max(index, 0), known.length - 1);
    const point = known[here];
    dot.setAttribute("cx", x(point.time));
    dot.setAttribute("cy", y(point.number));
    dot.setAttribute("visibility", "visible");
    told.replaceChildren(`${point.day}: ${point.text}`, ...(href ? [" ", el("a", { href: href(point.day) }, "what it is made of")] : []));
  };
  const follow = (event) => {
    const box = drawn.getBoundingClientRect();
    const time = first + ((((event.clientX - box.left) / box.width) * width - LEFT) / (width - LEFT - RIGHT)) * (last - first);
    const after = known.findIndex((point) => point.time >= time);
    const right = after < 0 ? known.length - 1 : after;
    show(right > 0 && time - known[right - 1].time < known[right].time - time ? right - 1 : right);
  };
  drawn.addEventListener("pointermove", follow);
  drawn.addEventListener("pointerdown", follow);
  drawn.addEventListener("keydown", (event) => {
    const target = { ArrowLeft: here - 1, ArrowRight: here + 1, PageUp: here - 30, PageDown: here + 30, Home: 0, End: known.length - 1 }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      show(target);
    } else if (event.key === "Enter" && href) location.assign(href(known[here].day));
  });
  // A finger that touches the chart reads a value; the link beside it leads on.
  if (href) drawn.addEventListener("click", (event) => event.pointerType === "mouse" && location.assign(href(known[here].day)));
  show(here);
  place.replaceChildren(drawn, told);
}
