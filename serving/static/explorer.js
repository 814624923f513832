// The explorer of the ledger: the address says what is shown, as in /explorer#tx=<id>.

import { account } from "./explorer_accounts.js";
import { block, blocks, transaction } from "./explorer_chain.js";
import { behind } from "./explorer_flows.js";
import { exchange, labels, members } from "./explorer_labels.js";
import { ask, ledger } from "./listing.js";
import { decoded, guarded, openPage, say } from "./shell.js";

const byId = (id) => document.getElementById(id);
const VIEWS = { __proto__: null, blocks, block, tx: transaction, account, labels, exchange, members, behind };

let last = ""; // the last day there is
let turn = 0; // how many views were opened

/** Show what the address names; an answer that comes after another was asked for is dropped. */
async function show() {
  const mine = (turn += 1);
  const [kind, value = ""] = location.hash.slice(1).split(/=(.*)/s);
  const view = VIEWS[kind] ?? blocks;
  say("Loading ...");
  delete document.body.dataset.ready;
  const failure = await guarded(async () => {
    const [title, ...parts] = await view(decoded(VIEWS[kind] ? value : ""), last);
    if (mine !== turn) return;
    byId("title").textContent = title;
    document.title = `satledger: ${title}`;
    byId("view").replaceChildren(...parts);
  });
  if (mine !== turn) return;
  if (failure) byId("view").replaceChildren();
  say(failure ?? "");
  document.body.dataset.ready = "true";
}

/** What a text that was typed in names: digits a height, 64 hexadecimal ones a transaction or else a block. */
async function named(text) {
  if (/^\d{1,9}$/.test(text)) return `block=${text}`;
  if (!/^[0-9a-f]{64}$/i.test(text)) return `account=${encodeURIComponent(text)}`;
  const found = await ask(ledger("transactions", { txid: text }));
  return `${found.data.length ? "tx" : "block"}=${text.toLowerCase()}`;
}

async function start() {
  const about = await openPage();
  last = about?.days?.[1] ?? "";
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("what").value.trim();
    if (text) guarded(async () => (location.hash = await named(text)));
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("title").focus();
  });
  window.addEventListener("hashchange", show);
  await show();
}

start();
