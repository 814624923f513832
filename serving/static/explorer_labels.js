// Views of labels: the exchanges with what their labels cover, the addresses of one, who joined a miner group on a day.

import { coins } from "./amounts.js";
import { ask, ledger, link, listing } from "./listing.js";
import { el, facts, metricLink } from "./shell.js";

/** All exchanges, with the coverage of their labels. */
export async function labels() {
  const list = await listing({
    title: "What labels cover",
    address: ledger("exchanges", { page_size: 1000 }),
    heads: ["exchange", "code", "labelled addresses", "first seen", "last seen", "balance, BTC", "sources"],
    row: (one) => [
      Number(one.labels) && one.exchange !== "Ex" ? link("exchange", one.exchange, one.exchange_name) : one.exchange_name, one.exchange,
      one.labels, one.first_day_seen ?? "never", one.last_day_seen ?? "never", coins(one.balance), one.sources,
    ],
    numbers: [2, 5],
    told: () => el("p", { class: "quiet" }, "Flows and balances of an exchange are those of its labelled addresses, not of the exchange. An exchange without labels has no values."),
  });
  return ["Labels", list];
}

/** What the addresses of a list hold now, put into its cells; those that the chain has not paid have no entry. */
async function showBalances(place) {
  const cells = [...place.querySelectorAll("[data-account]")].filter((cell) => !cell.textContent);
  if (!cells.length) return;
  const names = cells.map((cell) => cell.dataset.account);
  const { data } = await ask(`/v4/blockchain-v2/btc/accounts?${new URLSearchParams({ accounts: names.join(","), page_size: names.length })}`);
  const balances = new Map(data.map((one) => [one.account, one.balance]));
  for (const cell of cells) cell.textContent = balances.get(cell.dataset.account) ?? "never seen";
}

/** The labelled addresses of an exchange. */
export async function exchange(code) {
  const list = await listing({
    title: "Labelled addresses",
    address: ledger("labels", { exchange: code, page_size: 50 }),
    heads: ["address", "balance, BTC", "role", "source", "as of", "confidence", "method"],
    row: (one) => [link("account", one.address), el("span", { "data-account": one.address }), one.role, one.source, one.as_of, one.confidence, one.method],
    numbers: [1],
    shown: showBalances,
  });
  const covered = (await ask(ledger("exchanges", { page_size: 1000 }))).data.find((one) => one.exchange === code);
  const coverage = covered ? facts({
    Exchange: covered.exchange_name,
    "Labelled addresses": covered.labels,
    "Seen on the chain": covered.first_day_seen ? el("span", {}, link("blocks", covered.first_day_seen), " to ", link("blocks", covered.last_day_seen)) : "never",
    "Balance of all": `${coins(covered.balance)} BTC`,
    Sources: covered.sources,
  }) : "";
  const flows = ["FlowIn", "FlowOut", "FlowNet", "Sply"].map((start) => `${start}${code}Ntv`);
  const metrics = el("p", {}, "Its metrics: ", ...flows.flatMap((id, index) => [index ? ", " : "", el("a", { href: metricLink(id) }, id)]));
  return [`Labels of ${code}`, el("p", {}, link("labels", "", "All exchanges")), coverage, metrics, list];
}

/** Who joined a miner group on a day, as `2023-01-31` or with the group as `2023-01-31:1`. */
export async function members(text) {
  const [day, hop] = text.split(":");
  const list = await listing({
    title: `Accounts that joined${hop ? ` hop ${hop}` : ""} on ${day}`,
    address: ledger("members", { day, hop }),
    heads: ["account", "hop", "transaction that proves it"],
    row: (one) => [link("account", one.account), one.hop, link("tx", one.evidence_txid)],
    numbers: [1],
    told: () => el("p", { class: "quiet" }, "Hop 0: coinbases have paid it. Hop 1: it is in hop 0, or a transaction that spends from hop 0 has paid it."),
  });
  return ["Miner groups", list];
}
