// Exact amounts in satoshi: BigInt, never doubles.

/** Satoshi, as a text of digits, in native units with 8 decimals. */
export function coins(satoshi) {
  const number = BigInt(satoshi);
  const [whole, rest] = [number < 0n ? -number : number, 100_000_000n];
  return `${number < 0n ? "-" : ""}${grouped(whole / rest)}.${String(whole % rest).padStart(8, "0")}`;
}

const grouped = (whole) => String(whole).replace(/\B(?=(\d{3})+$)/g, "\u2009");

/** A decimal as the metrics are served, such as 12.5 or 1e-8, in satoshi; null where it is none of whole satoshi. */
export function satoshi(text) {
  const found = /^(-?)(\d+)(?:\.(\d{0,8})0*)?$/.exec(text ?? "");
  return found && BigInt(`${found[1]}${found[2]}${(found[3] ?? "").padEnd(8, "0")}`);
}
