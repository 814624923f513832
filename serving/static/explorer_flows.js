// From a value down: the transactions that a flow, a supply or a reward of a day is made of, and who gave to whom.

import { coins, satoshi } from "./amounts.js";
import { ledger, link, listing } from "./listing.js";
import { el, facts, metricLink } from "./shell.js";

const DAY = 86_400_000;
const shifted = (day, days) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

/** What the value is and what the rows add up to; of a supply what is left is what new members brought along. */
function sums(answer, day) {
  const inCoins = answer.unit === "Native units";
  const [now, before] = [satoshi(answer.value), satoshi(answer.value_before)];
  const left = inCoins && answer.joining_hop !== null && now !== null && before !== null ? now - before - BigInt(answer.sum) : null;
  return facts({
    Value: answer.value ? `${answer.value} (${answer.unit})` : "none",
    "The day before": inCoins && "value_before" in answer ? answer.value_before ?? "none" : null,
    "The rows add up to": `${coins(answer.sum)} BTC`,
    "Brought along by accounts that joined the group": left === null ? null
      : el("span", {}, `${coins(left)} BTC: `, link("members", `${day}:${answer.joining_hop}`, "who joined")),
  });
}

/** What a value is made of, named as `FlowInExNtv:2023-01-31`. */
export async function behind(text) {
  const [metric, day] = text.split(":");
  const heading = el("p", {},
    el("a", { href: metricLink(metric) }, metric), ` on ${day}. `,
    link("behind", `${metric}:${shifted(day, -1)}`, "The day before"), " ", link("behind", `${metric}:${shifted(day, 1)}`, "The day after"));
  let first = null;
  const made = await listing({
    title: "What it is made of",
    address: ledger("flow-transactions", { metric, day }),
    heads: ["block", "transaction or block hash", "BTC"],
    row: (one) => [link("block", one.height), one.txid ? link("tx", one.txid) : link("block", one.height, one.hash), coins(one.satoshi)],
    numbers: [0, 2],
    told: (answer) => sums((first = answer), day),
  });
  const parts = [`${metric} on ${day}`, heading, made];
  if (first.has_transfers) {
    const name = (party, isExchange) => link(isExchange && party !== "Ex" ? "exchange" : isExchange ? "labels" : "account", party);
    parts.push(await listing({
      title: "Who gave to whom in these transactions",
      address: ledger("flow-transfers", { metric, day }),
      heads: ["from", "to", "BTC", "transaction"],
      row: (one) => [name(one.sender, one.sender_is_exchange), name(one.receiver, one.receiver_is_exchange), coins(one.satoshi), link("tx", one.txid)],
      numbers: [2],
      told: () => el("p", { class: "quiet" }, "A transaction's senders give to its receivers pro rata, in whole satoshi: the parts of one party may differ from its net by a satoshi each."),
    }));
  }
  return parts;
}
