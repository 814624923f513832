// Formulas of series, such as `btc:FeeTotNtv / btc:RevNtv`: read into a tree, and computed day by day. Its grammar is in
// docs/page.md. No text is ever run as code.

import { FUNCTIONS } from "./windows.js";

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.:]))|((?:[A-Za-z0-9]+:)?[A-Za-z][\w.]*)|([-+*/(),]))/y;
const DEPTH = 50;
// More than anybody writes; each is a call within a call when the formula is computed.
const MOST = 1_000;

/** A text that is no formula; its message says what and where. */
export class FormulaError extends Error {}

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new FormulaError(`"${text.slice(at).trim().slice(0, 20)}" cannot be read in a formula.`);
    const [, number, name, sign] = match;
    found.push(number ? { number: Number(number) } : name ? { name } : { sign });
  }
  return found;
}

/** Read a text; metrics that name no asset are those of `asset`, where one is given. */
export function parse(text, asset = "") {
  const list = tokens(text);
  let place = 0;
  const sign = () => list[place]?.sign;
  const take = (wanted) => {
    if (sign() !== wanted) throw new FormulaError(place < list.length ? `"${wanted}" is missing before "${shown(list[place])}".` : `"${wanted}" is missing at the end.`);
    place += 1;
  };

  function sum(depth) {
    let left = product(depth);
    while (sign() === "+" || sign() === "-") left = { operator: list[place++].sign, left, right: product(depth) };
    return left;
  }
  function product(depth) {
    let left = signed(depth);
    while (sign() === "*" || sign() === "/") left = { operator: list[place++].sign, left, right: signed(depth) };
    return left;
  }
  function signed(depth) {
    if (depth > DEPTH) throw new FormulaError(`A formula may be ${DEPTH} levels deep.`);
    if (sign() !== "-") return atom(depth);
    place += 1;
    return { operator: "-", left: { number: 0 }, right: signed(depth + 1) };
  }
  function atom(depth) {
    const token = list[place++];
    if (!token) throw new FormulaError("A metric or a number is missing at the end.");
    if ("number" in token) return { number: token.number };
    if (token.sign === "(") {
      const inner = sum(depth + 1);
      take(")");
      return inner;
    }
    if (!token.name) throw new FormulaError(`A metric or a number is missing before "${shown(token)}".`);
    if (sign() === "(") return call(token.name, depth);
    const [id, of = asset] = token.name.split(":").reverse();
    if (!of) throw new FormulaError(`${id} names no asset; write it such as btc:${id}.`);
    return { asset: of.toLowerCase(), metric: id };
  }
  function call(name, depth) {
    const known = FUNCTIONS[name];
    if (!known) throw new FormulaError(`There is no function ${name}; there are ${Object.keys(FUNCTIONS).join(", ")}.`);
    take("(");
    const of = sum(depth + 1);
    let days = known.days;
    if (sign() === ",") {
      place += 1;
      days = list[place++]?.number;
      if (known.days === null || !Number.isInteger(days) || days < 1 || days > 10_000) {
        throw new FormulaError(known.days === null ? `${name}() takes one series and no days.` : `${name}() takes a series and a whole number of days from 1 to 10000.`);
      }
    }
    take(")");
    return { call: name, of, days };
  }

  if (list.length > MOST) throw new FormulaError(`A formula may have up to ${MOST.toLocaleString("en")} names, numbers and signs; this one has ${list.length.toLocaleString("en")}.`);
  if (!list.length) throw new FormulaError("The formula is empty.");
  const tree = sum(0);
  if (place < list.length) throw new FormulaError(`"${shown(list[place])}" is not expected where it stands.`);
  return tree;
}

const shown = (token) => token.name ?? token.sign ?? String(token.number);

/** The series that a tree reads, each once. */
export function references(tree, found = []) {
  if (tree.metric) {
    if (!found.some((one) => one.asset === tree.asset && one.metric === tree.metric)) found.push({ asset: tree.asset, metric: tree.metric });
  }
  for (const part of [tree.left, tree.right, tree.of]) if (part) references(part, found);
  return found;
}

const STRENGTH = { "+": 1, "-": 1, "*": 2, "/": 2 };

/** The same tree as text, with every asset; what is read from it is the same tree again. */
export function print(tree, outer = 0) {
  if (tree.metric) return `${tree.asset}:${tree.metric}`;
  if ("number" in tree) return String(tree.number);
  if (tree.call) return `${tree.call}(${print(tree.of)}${tree.days === null || tree.days === undefined ? "" : `, ${tree.days}`})`;
  const own = STRENGTH[tree.operator];
  const negated = tree.operator === "-" && tree.left.number === 0;
  const text = negated ? `-${print(tree.right, 3)}` : `${print(tree.left, own)} ${tree.operator} ${print(tree.right, own + 1)}`;
  return own < outer || (negated && outer) ? `(${text})` : text;
}

/** The unit of what a tree computes; `unitOf` knows those of series. */
export function unit(tree, unitOf) {
  if (tree.metric) return unitOf(tree);
  if ("number" in tree) return null;
  if (tree.call) return FUNCTIONS[tree.call].unit ?? unit(tree.of, unitOf);
  const [left, right] = [unit(tree.left, unitOf), unit(tree.right, unitOf)];
  if (left === null || right === null) {
    if (tree.operator === "/" && left === null && right !== null) return `1 / ${right}`;
    return left ?? right;
  }
  if (tree.operator === "/") return left === right ? "Ratio" : `${left} / ${right}`;
  if (tree.operator === "*") return `${left} × ${right}`;
  return left === right ? left : "Several units";
}

const COUNT = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

/**
 * The numbers of a tree for each of `length` days, NaN where there is none. `numbersOf` has those of a series;
 * `reasons` gets, by place, why there is none where the formula itself is the cause.
 */
export function evaluate(tree, length, numbersOf, reasons) {
  if (tree.metric) return numbersOf(tree);
  if ("number" in tree) return new Float64Array(length).fill(tree.number);
  if (tree.call) return FUNCTIONS[tree.call].apply(evaluate(tree.of, length, numbersOf, reasons), tree.days, reasons);
  const left = evaluate(tree.left, length, numbersOf, reasons);
  const right = evaluate(tree.right, length, numbersOf, reasons);
  const count = COUNT[tree.operator];
  return left.map((value, index) => {
    if (tree.operator === "/" && right[index] === 0) {
      if (!Number.isNaN(value)) reasons.set(index, "the formula divides by zero");
      return NaN;
    }
    const result = count(value, right[index]);
    return Number.isFinite(result) ? result : NaN;
  });
}
