// The view of an account: balance over time, first and last seen, label, membership of the miner groups, entries.

import { coins } from "./amounts.js";
import { moment } from "./explorer_chain.js";
import { ask, ledger, link, sqlBox } from "./listing.js";
import { plot } from "./plot.js";
import { copyBox, el, facts, guarded, table } from "./shell.js";

const DAY = 86_400_000;
const PAGE = 50;
const HOPS = ["the mining entities (hop 0)", "the accounts one hop from miners (hop 1)"];
const isVirtual = (name) => ["FEES", "ISSUANCE", "UNSPENDABLE"].includes(name);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/** Balances of all days from the first change to a day; a balance holds until the next change. */
function everyDay(changes, until) {
  const days = [], texts = [];
  changes.forEach((change, index) => {
    const end = Date.parse(changes[index + 1]?.day ?? until) + (index + 1 < changes.length ? 0 : DAY);
    for (let time = Date.parse(change.day); time < end; time += DAY) {
      days.push(new Date(time).toISOString().slice(0, 10));
      texts.push(coins(change.balance).replaceAll("\u2009", ""));
    }
  });
  return { days, texts };
}

function label(labels, members) {
  const parts = labels.data.map((one) => el("p", {},
    "Labelled as ", link("exchange", one.exchange_code, one.exchange_name),
    ` (${one.role ?? "unknown"}, ${one.method ?? "given"}), by ${one.source}${one.as_of ? `, as of ${one.as_of}` : ""}${one.confidence ? `; ${one.confidence}` : ""}.`));
  parts.push(...members.data.map((one) => el("p", {},
    `Belongs to ${HOPS[one.hop]} since `, link("blocks", one.day), ": by transaction ", link("tx", one.evidence_txid), ".")));
  return el("section", {}, el("h2", {}, "Who it is"), ...(parts.length ? parts : [el("p", {}, "No label names it, and it is no member of the miner groups.")]),
    sqlBox(`${labels.sql};\n\n${members.sql};`));
}

/** The account's entries, the latest first; each page goes on where the one before ended. */
async function entries(account) {
  const place = el("section", {});
  const sql = [
    "select updates.day, updates.height, transactions.txid, updates.value as satoshi",
    "from account_updates as updates",
    "left join transactions",
    "    on",
    "        updates.day = transactions.day",
    "        and updates.height = transactions.height",
    "        and updates.tx_index = transactions.tx_index",
    `where updates.account = ${quoted(account)}`,
    "order by updates.height desc, updates.tx_index desc, updates.entry_index desc",
    `limit ${PAGE}`,
  ].join("\n");
  const former = [];
  const show = async (address) => {
    const answer = await ask(address);
    const rows = [...answer.data].reverse().map((one) => [
      moment(one.consensus_time), link("block", one.height), one.txid ? link("tx", one.txid) : "", one.change, one.new_balance,
    ]);
    const turn = (text, action) => el("button", { type: "button", onclick: () => guarded(action) }, text);
    place.replaceChildren(
      el("h2", {}, "Entries"),
      table("Entries", ["consensus time (UTC)", "block", "transaction", "change, BTC", "balance after, BTC"], rows, [1, 3, 4]),
      el("p", {},
        former.length ? turn("Newer", () => show(former.pop())) : "", " ",
        answer.next_page_url ? turn("Older", () => {
          former.push(address);
          const next = new URL(answer.next_page_url);
          return show(next.pathname + next.search);
        }) : ""),
      el("details", {}, el("summary", {}, "SQL"), copyBox("SQL", sql)),
    );
  };
  await show(`/v4/blockchain-v2/btc/accounts/${encodeURIComponent(account)}/balance-updates?page_size=${PAGE}`);
  return place;
}

/** An account by its name; `until` is the last day there is. */
export async function account(name, until) {
  const days = await ask(ledger("account-days", { account: name }));
  if (!days.data.length) return [name, el("p", {}, `No entry of the ledger is of an account ${name}.`)];
  const last = days.data.at(-1);
  const chart = el("div", {});
  const sum = (column) => days.data.reduce((total, day) => total + BigInt(day[column]), 0n);
  const about = facts({
    Kind: isVirtual(name) ? "virtual: no one's, kept so that everything balances" : "address or script",
    Balance: `${coins(last.balance)} BTC`,
    Received: `${coins(sum("received"))} BTC`,
    Sent: `${coins(sum("sent"))} BTC`,
    Entries: String(sum("entries")),
    "First seen": link("blocks", days.data[0].day),
    "Last seen": link("blocks", last.day),
  });
  const balances = el("section", {}, el("h2", {}, "Balance at the end of each day, in BTC"), chart, sqlBox(days.sql));
  plot(chart, { ...everyDay(days.data, until > last.day ? until : last.day), label: `the balance of ${name}` });
  // Not for virtual accounts: they have no owner, and their lists of entries are as long as the chain.
  if (isVirtual(name)) return [name, about, balances];
  const labels = await ask(ledger("labels", { accounts: name }));
  const members = await ask(ledger("members", { accounts: name }));
  return [name, about, balances, label(labels, members), await entries(name)];
}
