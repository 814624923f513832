// What the pages share: making elements, the header, the theme, the question for a key, text to copy.

import { key, request } from "./api.js";

const THEME = "satledger.theme";
const PAGES = [
  ["/", "Boards"],
  ["/chart", "Chart"],
  ["/metric", "Metrics"],
  ["/explorer", "Ledger"],
];

/** An element with attributes and children; `on...` attributes are listeners, and what is null or false is left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (attribute.startsWith("on")) made.addEventListener(attribute.slice(2), value);
    else made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A part of an address as it was meant; one that cannot be decoded is taken as it stands. */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Links to the address of a view of one metric, or of the chart of one series. */
export const metricLink = (id) => `/metric/${encodeURIComponent(id)}`;
export const chartLink = (asset, id) => `/chart#series=${encodeURIComponent(`${asset}:${id}`)}`;
export const behindLink = (id, day) => `/explorer#behind=${encodeURIComponent(`${id}:${day}`)}`;

export function say(text) {
  document.getElementById("message").textContent = text;
}

function setTheme(theme, button) {
  document.documentElement.dataset.theme = theme;
  button.textContent = theme === "dark" ? "Light mode" : "Dark mode";
}

function header(about) {
  const theme = el("button", { type: "button", id: "theme" });
  theme.addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem(THEME, next);
    setTheme(next, theme);
  });
  const stored = localStorage.getItem(THEME);
  setTheme(stored ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"), theme);
  const here = `/${location.pathname.split("/")[1]}`;
  const links = [...PAGES, ...(sqlServed ? [["/editor", "SQL"]] : []), ["/explore", "GraphQL"], ["/docs", "REST API"], ["/docs/dbt/", "Models and columns"]].map(([address, text]) =>
    el("a", { href: address, "aria-current": address === here ? "page" : null }, text),
  );
  const days = about?.days ? `Daily metrics, ${about.days[0]} to ${about.days[1]}` : "";
  document.querySelector("header").replaceChildren(
    el("p", { class: "brand" }, "satledger"),
    el("p", { id: "published" }, days),
    el("strong", { id: "note" }, about?.note ?? ""),
    el("nav", { "aria-label": "Pages" }, ...links),
    theme,
  );
}

/** Set up what every page has, and hand over what the server says of its data; null where it cannot be asked. */
export async function openPage() {
  let about = null;
  await guarded(async () => (about = await (await request("/page/about")).json()));
  sqlServed = about?.sql ?? false;
  header(about);
  return about;
}

let asking = null; // one question for all that wait for a key

/** Ask for an API key; gives what was entered, which is empty where nothing was. */
export function askForKey() {
  if (asking) return asking;
  const field = el("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const label = el("label", { for: "key" }, "This server asks for an API key. It is kept until you close the tab.");
  const form = el("form", { method: "dialog" }, el("h2", { id: "key-title" }, "API key"), label, field, el("button", {}, "Use it"));
  const dialog = el("dialog", { id: "key-dialog", "aria-labelledby": "key-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  asking = new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      asking = null;
      done(field.value);
    }, { once: true });
  });
  return asking;
}

/** Do what may need a key; asks for one and tries again where the server wants it. Returns why it failed, if it did. */
export async function guarded(action) {
  const used = key.get();
  try {
    await action();
    return null;
  } catch (error) {
    if (error.status !== 401) {
      if (document.getElementById("message")) say(error.message);
      return error.message;
    }
    // An answer to what was asked before the key was entered may come after it.
    if (key.get() === used) {
      const given = await askForKey();
      if (!given) return error.message;
      key.set(given);
    }
    return guarded(action);
  }
}

/** Put a text where it can be pasted from, or select it where the browser gives no clipboard to plain HTTP. */
export async function copy(code) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(code.textContent);
    say("Copied.");
  } else {
    getSelection().selectAllChildren(code);
    say("Selected: copy it with Ctrl+C.");
  }
}

let boxes = 0;
let sqlServed = false; // whether the server takes callers' SQL

/** A text with a title and a button that copies it; SQL leads to the editor too, where the server has one. */
export function copyBox(title, text) {
  const id = `box${(boxes += 1)}`;
  const code = el("code", {}, text);
  return el("div", { class: "copy" },
    el("h3", { id }, title),
    el("pre", { tabindex: "0", role: "region", "aria-labelledby": id }, code),
    el("button", { type: "button", onclick: () => copy(code) }, `Copy the ${title}`),
    title === "SQL" && sqlServed ? el("a", { href: `/editor#sql=${encodeURIComponent(text)}` }, "Open in the editor") : "",
  );
}

/** Titles and texts as a list of definitions; a text may be an element. */
export function facts(pairs) {
  const kept = Object.entries(pairs).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", {}, ...kept.flatMap(([title, value]) => [el("dt", {}, title), el("dd", {}, value)]));
}

/** A table; rows are lists of texts or elements, and of the columns named in `numbers` right-aligned. */
export function table(label, heads, rows, numbers = []) {
  const kind = (column) => (numbers.includes(column) ? "number" : null);
  const head = heads.map((text, column) => el("th", { scope: "col", class: kind(column) }, text));
  const body = rows.map((row) => el("tr", {}, ...row.map((cell, column) => el("td", { class: kind(column) }, cell ?? ""))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "rows" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)),
  );
}
