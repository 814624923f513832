// The first page: a board of several charts. The board stands in the address, or the name of one that is ready.

import * as api from "./api.js";
import * as boards from "./board-state.js";
import { Card } from "./card.js";
import { el, guarded, openPage, say } from "./shell.js";
import * as store from "./state.js";
import { byId, onTheme, onWidth, save } from "./tools.js";

let catalogue = { assets: [], metrics: [] };
let failure = null; // why the catalogue cannot be had
let ready = []; // id and title of each ready board
let board = { title: "", from: "", to: "", charts: [] };
let cards = [];
let turn = 0; // how many boards were asked for

/** The board that the address names, or the first of the ready ones. */
async function ofAddress() {
  const problems = [];
  const own = boards.read(location.hash, problems);
  const given = new URLSearchParams(location.hash.slice(1));
  const found = ready.find(({ id }) => id === given.get("board"));
  const range = boards.days(given, own ? [] : problems);
  if (!own && given.has("board") && !found) problems.push(`There is no board ${given.get("board")}; boards are ${ready.map(({ id }) => id).join(", ")}.`);
  say(problems.join(" "));
  if (own) return own;
  const { id } = found ?? ready[0];
  const read = boards.fromJson(await (await api.request(`/static/boards/${id}.json`)).text());
  return { ...read, id, ...range };
}

function address() {
  if (!board.id) return boards.write(board);
  const made = new URLSearchParams({ board: board.id });
  for (const side of ["from", "to"]) if (board[side]) made.set(side, board[side]);
  return String(made);
}

/** Change the board, as a step that Back leads away from; one that was ready becomes one's own where charts change. */
function change(patch) {
  const own = "charts" in patch || "title" in patch;
  board = { ...board, ...patch, ...(own ? { id: undefined } : {}) };
  history.pushState(null, "", `#${address()}`);
  return own ? show() : draw();
}

function showLinks() {
  const kept = boards.kept();
  const links = ready.map(({ id, title }) => el("a", { href: `/#board=${id}`, "aria-current": board.id === id ? "page" : null }, title));
  if (kept) links.push(el("a", { href: `/#${boards.write(kept)}`, "aria-current": !board.id && boards.write(kept) === boards.write(board) ? "page" : null }, kept.title));
  byId("boards").replaceChildren(...links);
}

const range = () => ({ from: board.from, to: board.to });

async function draw() {
  byId("range").textContent = board.from || board.to ? `${board.from || "the first day"} to ${board.to || "the last day"}` : "";
  await Promise.all(cards.map((card) => card.show(range())));
}

/** Put a card for each chart; each loads what it shows once it comes near to being seen. */
async function show() {
  byId("title").textContent = board.title;
  byId("name").value = board.title;
  document.title = `satledger: ${board.title}`;
  showLinks();
  const move = (from, to) => change({ charts: board.charts.toSpliced(from, 1).toSpliced(to, 0, board.charts[from]) });
  for (const card of cards) card.dispose();
  cards = board.charts.map((one, place) => new Card(one, {
    place,
    count: board.charts.length,
    move: (to) => move(place, to),
    remove: () => change({ charts: board.charts.toSpliced(place, 1) }),
    range: (from, to) => change({ from, to }),
    reset: () => change({ from: "", to: "" }),
  }));
  byId("cards").replaceChildren(...cards.map((card) => card.element));
  const inView = cards.filter((card) => card.element.getBoundingClientRect().top < innerHeight);
  for (const card of cards) card.load(catalogue, guarded, failure, inView.includes(card));
  await draw();
}

function addChart(event) {
  event.preventDefault();
  const { series } = store.read(`series=${encodeURIComponent(byId("add-series").value)}`);
  if (!series?.length) return;
  change({ charts: [...board.charts, { title: byId("add-title").value, state: store.write({ ...store.empty(), series }) }] });
  event.target.reset();
}

async function openFile(event) {
  const [file] = event.target.files;
  if (!file) return;
  try {
    change({ ...boards.fromJson(await file.text()) });
    say("");
  } catch (error) {
    say(error.message);
  }
  event.target.value = "";
}

function latestDays(days) {
  const last = catalogue.days?.[1];
  const from = days && last ? new Date(Date.parse(last) - (days - 1) * 86_400_000).toISOString().slice(0, 10) : "";
  change({ from, to: "" });
}

function listen() {
  for (const button of document.querySelectorAll("[data-days]")) button.addEventListener("click", () => latestDays(Number(button.dataset.days)));
  byId("add").addEventListener("submit", addChart);
  byId("rename").addEventListener("submit", (event) => {
    event.preventDefault();
    change({ title: byId("name").value });
  });
  byId("keep").addEventListener("click", () => {
    try {
      boards.keep(board);
    } catch (error) {
      // Its storage is full, or closed to pages.
      say(`This browser does not keep it (${error.message}): download it as a file.`);
      return;
    }
    showLinks();
    say("Kept in this browser.");
  });
  byId("download").addEventListener("click", () => save("board.json", new Blob([boards.toJson(board)], { type: "application/json" })));
  byId("file").addEventListener("change", openFile);
  window.addEventListener("hashchange", restore);
  onWidth(() => cards.forEach((card) => card.resize()));
}

async function restore() {
  // The link that skips to the charts names no board.
  if (location.hash === "#title") return history.replaceState(null, "", `#${address()}`);
  // Links from before there were boards name series.
  if (new URLSearchParams(location.hash.slice(1)).has("series")) return location.replace(`/chart${location.hash}`);
  // A board that comes after another was asked for is dropped.
  const mine = (turn += 1);
  const found = await ofAddress();
  if (mine !== turn) return null;
  board = found;
  return show();
}

async function start() {
  listen();
  const opened = openPage();
  const listed = api.request("/static/boards/index.json").then((answer) => answer.json());
  failure = await guarded(async () => (catalogue = await api.catalogue()));
  ready = await listed;
  await opened;
  onTheme(() => cards.forEach((card) => card.resize()));
  await restore();
  if (failure) say(failure);
  document.body.dataset.ready = "true";
}

start();
