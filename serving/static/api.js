// What the page asks the server for. Every request goes to the page's own host.

const STORED_KEY = "satledger.key";

export const key = {
  get: () => sessionStorage.getItem(STORED_KEY) ?? "",
  set: (value) => sessionStorage.setItem(STORED_KEY, value),
};

// A board may exceed the rate limit of a key: it waits as long as the answer says and retries, at most so many times.
const PATIENCE = 5;
const LONGEST_WAIT = 10;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The answer to a GET, or to a POST of a JSON body if there is one; `headers` are added. */
export async function request(address, body = null, more = {}) {
  const headers = { ...(key.get() ? { authorization: `Apikey ${key.get()}` } : {}), ...more };
  const sent = body && { method: "POST", body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
  const ask = () => fetch(address, sent ?? { headers });
  let answer = await ask();
  for (let tries = 0; answer.status === 429 && tries < PATIENCE; tries += 1) {
    const seconds = Number(answer.headers.get("retry-after"));
    if (!(seconds > 0 && seconds <= LONGEST_WAIT)) break;
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    answer = await ask();
  }
  if (answer.ok) return answer;
  const failure = await answer.json().catch(() => ({}));
  throw new ApiError(answer.status, failure.error?.message ?? `The server answered with status ${answer.status}.`);
}

export async function catalogue() {
  const found = await (await request("/page/catalogue")).json();
  // Assets are looked up by names of links, such as `constructor`, which every object would have.
  for (const metric of found.metrics) {
    for (const name of ["assets", "without"]) metric[name] = { __proto__: null, ...metric[name] };
  }
  return found;
}

export async function modelSql(model) {
  return (await request(`/page/sql/${encodeURIComponent(model)}`)).text();
}

/** The days without a value of one metric of one asset: runs of first day, last day, reason. */
export async function gaps(asset, metric) {
  return (await (await request(`/page/gaps?${new URLSearchParams({ asset, metric })}`)).json()).runs;
}

/** The end of a day, as the moment for `as_of`. */
export const endOf = (day) => `${day}T23:59:59Z`;

/** The days on which the chain began and on which its subsidy was halved. */
export async function epochs() {
  return (await (await request("/page/epochs")).json()).days;
}

/**
 * All values of one metric of one asset: days as ISO dates, values as the exact text that the API serves, and the
 * status of each day whose value is no longer as it was reviewed.
 *
 * With a day, values as they had been published by its end.
 */
export async function series(asset, metric, asOf) {
  const query = new URLSearchParams({ assets: asset, metrics: metric, format: "csv", page_size: 10000, paging_from: "start" });
  if (asOf) query.set("as_of", endOf(asOf));
  let address = `/v4/timeseries/asset-metrics?${query}`;
  const days = [];
  const values = [];
  const statuses = new Map();
  while (address) {
    const answer = await request(address);
    for (const line of (await answer.text()).trimEnd().split("\n").slice(1)) {
      const [, time, value, status] = line.split(",");
      days.push(time.slice(0, 10));
      if (status && status !== "reviewed") statuses.set(time.slice(0, 10), status);
      values.push(value);
    }
    const next = answer.headers.get("x-next-page-url");
    address = next && new URL(next).pathname + new URL(next).search;
  }
  return { days, values, statuses };
}
