// Views of the chain: the blocks of a day, a block, a transaction.

import { coins } from "./amounts.js";
import { ask, ledger, link, listing, sqlBox } from "./listing.js";
import { el, facts } from "./shell.js";

const DAY = 86_400_000;
export const moment = (text) => text.slice(0, 19).replace("T", " ");
const short = (text, length = 16) => `${text.slice(0, length)}…`;
const shifted = (day, days) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

/** Blocks of a day, or of the last one. */
export async function blocks(day) {
  const list = await listing({
    title: day ? `Blocks of ${day}` : "Blocks of the last day",
    address: ledger("blocks", { day, page_size: 200 }),
    heads: ["height", "consensus time (UTC)", "transactions", "bytes", "subsidy", "fees", "hash"],
    row: (block) => [
      link("block", block.height), moment(block.median_time), block.transaction_count, block.size,
      coins(block.subsidy), coins(block.fees), link("block", block.height, short(block.hash)),
    ],
    numbers: [2, 3, 4, 5],
  });
  const field = el("input", { type: "date", value: day, "aria-label": "Day", onchange: (event) => (location.hash = `blocks=${event.target.value}`) });
  const turns = day ? [link("blocks", shifted(day, -1), "The day before"), " ", link("blocks", shifted(day, 1), "The day after"), " "] : [];
  return ["Blocks", el("p", {}, ...turns, field), list];
}

/** A block by height or hash. */
export async function block(text) {
  const isHeight = /^\d{1,10}$/.test(text);
  const found = await ask(ledger("blocks", isHeight ? { height: text } : { hash: text }));
  const [one] = found.data;
  if (!one) return ["Block", el("p", {}, `There is no block ${text} in the chain.`)];
  const height = Number(one.height);
  const about = facts({
    Hash: one.hash,
    "Block before": one.previous_hash ? link("block", String(height - 1), one.previous_hash) : "none",
    "Consensus time": `${moment(one.median_time)} UTC`,
    "Miner's time": `${moment(one.time)} UTC`,
    Day: link("blocks", one.day),
    Transactions: one.transaction_count,
    Size: one.size && `${one.size} bytes, weight ${one.weight}`,
    Subsidy: `${coins(one.subsidy)} BTC`,
    Fees: `${coins(one.fees)} BTC`,
  });
  const list = await listing({
    title: "Transactions",
    address: ledger("transactions", { height: one.height }),
    heads: ["position", "id", "sent", "fee", "entries", "bytes"],
    row: (each) => [each.tx_index, link("tx", each.txid), coins(each.sent), coins(each.fee), each.entries, each.size],
    numbers: [0, 2, 3, 4, 5],
  });
  const ends = el("p", {}, height ? link("block", String(height - 1), "Block before") : "", " ", link("block", String(height + 1), "Block after"));
  return [`Block ${one.height}`, ends, about, sqlBox(found.sql), list];
}

/** The label of an entry's account, with who said so. */
const labelled = (entry) => entry.exchange_name && `${entry.exchange_name} (${entry.role ?? "unknown"}; ${entry.source})`;

/** A transaction by its id; the BIP30 coinbases are two each. */
export async function transaction(txid) {
  const found = await ask(ledger("transactions", { txid }));
  if (!found.data.length) return ["Transaction", el("p", {}, `There is no transaction ${txid} in the chain.`)];
  const parts = [];
  for (const one of found.data) {
    parts.push(facts({
      Id: one.txid,
      Block: link("block", one.height),
      Position: one.tx_index,
      Day: link("blocks", one.day),
      Sent: `${coins(one.sent)} BTC`,
      Fee: `${coins(one.fee)} BTC`,
      Size: `${one.size} bytes`,
    }));
    parts.push(await listing({
      title: "What its accounts lost and gained",
      address: ledger("entries", { height: one.height, tx_index: one.tx_index, page_size: 200 }),
      heads: ["account", "BTC", "label and source"],
      row: (entry) => [link("account", entry.account), coins(entry.satoshi), labelled(entry)],
      numbers: [1],
      told: () => el("p", { class: "quiet" }, "Entries of the ledger: below 0 what an account gives up, above 0 what it gets. They sum to 0."),
    }));
  }
  return ["Transaction", ...parts, sqlBox(found.sql)];
}

