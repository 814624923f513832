// Lists of the explorer: a page of rows at a time, how many there are, and the SQL that gives them.

import { request } from "./api.js";
import { copyBox, el, guarded, table } from "./shell.js";

/** An address below the ledger's, with parameters; those that are null are left out. */
export function ledger(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `/v4/ledger/btc/${path}?${new URLSearchParams(given)}`;
}

export const ask = async (address) => (await request(address)).json();

export const link = (kind, value, text = value) => el("a", { href: `#${kind}=${encodeURIComponent(value)}` }, text);

/** A text to copy, hidden until it is opened. */
export const sqlBox = (text) => el("details", {}, el("summary", {}, "SQL"), copyBox("SQL", text));

/**
 * A list with its title, in pages.
 *
 * @param title - of the list
 * @param address - of its first page
 * @param heads - of the columns
 * @param row - makes the cells of a row of the answer
 * @param numbers - columns of numbers
 * @param shown - is called with the section once it has its rows; may be left out
 * @param told - gives what is said above the rows, of an answer; may be left out
 * @returns a section that fills itself, once it has been waited for
 */
export async function listing({ title, address, heads, row, numbers = [], told = null, shown = null }) {
  const place = el("section", {});
  const former = [];
  const show = async (here) => {
    const answer = await ask(here);
    const count = Number(answer.rows);
    const turn = (text, action) => el("button", { type: "button", onclick: () => guarded(action) }, text);
    place.replaceChildren(
      el("h2", {}, title),
      ...[told?.(answer)].flat().filter(Boolean),
      answer.data.length ? table(title, heads, answer.data.map(row), numbers) : el("p", {}, "There is nothing."),
      el("p", {},
        former.length ? turn("Back", () => show(former.pop())) : "",
        ` ${count} row${count === 1 ? "" : "s"}${count > answer.data.length ? `, ${answer.data.length} on this page` : ""} `,
        answer.next_page_url ? turn("More", () => {
          former.push(here);
          const next = new URL(answer.next_page_url);
          return show(next.pathname + next.search);
        }) : "",
      ),
      sqlBox(answer.sql),
    );
    await shown?.(place);
  };
  await show(address);
  return place;
}
