// What is computed from one series over its days: means, changes, scores. Numbers by day, NaN where there is none.

const none = (numbers) => new Float64Array(numbers.length).fill(NaN);

/** For each day that has a value: `ending` of the values of the last `days` days, that day included. */
function rolling(numbers, days, ending) {
  return numbers.map((value, index) => {
    if (Number.isNaN(value)) return NaN;
    // Summed again for each day: a running sum would accumulate rounding errors.
    const window = numbers.subarray(Math.max(0, index - days + 1), index + 1);
    let [sum, count] = [0, 0];
    for (const each of window) {
      if (Number.isNaN(each)) continue;
      sum += each;
      count += 1;
    }
    return ending({ value, sum, count, mean: sum / count, window });
  });
}

/** How many standard deviations (of all values of the window) a value lies above their mean. */
function score({ value, mean, count, window }) {
  let squares = 0;
  for (const each of window) if (!Number.isNaN(each)) squares += (each - mean) ** 2;
  // For equal values the deviation is only a rounding error.
  return squares > 1e-24 * mean * mean * count ? (value - mean) / Math.sqrt(squares / count) : NaN;
}

function before(numbers, days, reasons, combine) {
  const result = none(numbers);
  for (let index = 0; index < numbers.length; index += 1) {
    const earlier = index >= days ? numbers[index - days] : NaN;
    result[index] = combine(numbers[index], earlier);
    if (!Number.isFinite(result[index])) {
      result[index] = NaN;
      if (!Number.isNaN(numbers[index])) reasons.set(index, earlier === 0 ? `the value ${days} days before it is zero` : `there is no value ${days} days before it`);
    }
  }
  return result;
}

/** By name: how many days it takes where none are said (null: it takes none), its unit where it is not the series' own. */
export const FUNCTIONS = {
  // Names come from links: `constructor` is none of them.
  __proto__: null,
  ma: { days: 30, apply: (numbers, days) => rolling(numbers, days, ({ mean }) => mean) },
  sum: { days: 30, apply: (numbers, days) => rolling(numbers, days, ({ sum }) => sum) },
  z: {
    days: 365,
    unit: "Standard deviations",
    apply: (numbers, days, reasons) => {
      const result = rolling(numbers, days, score);
      result.forEach((value, index) => {
        if (Number.isNaN(value) && !Number.isNaN(numbers[index])) reasons.set(index, `all values of the ${days} days up to it are equal`);
      });
      return result;
    },
  },
  change: { days: 1, apply: (numbers, days, reasons) => before(numbers, days, reasons, (now, then) => now - then) },
  growth: { days: 1, unit: "Percent", apply: (numbers, days, reasons) => before(numbers, days, reasons, (now, then) => (100 * (now - then)) / Math.abs(then)) },
  lag: {
    days: 1,
    apply: (numbers, days, reasons) => {
      const result = none(numbers);
      for (let index = 0; index < numbers.length; index += 1) {
        if (index >= days) result[index] = numbers[index - days];
        if (Number.isNaN(result[index]) && !Number.isNaN(numbers[index])) reasons.set(index, `there is no value ${days} days before it`);
      }
      return result;
    },
  },
  total: {
    days: null,
    apply: (numbers) => {
      let sum = 0;
      return numbers.map((value) => (Number.isNaN(value) ? NaN : (sum += value)));
    },
  },
  abs: { days: null, apply: (numbers) => numbers.map(Math.abs) },
};

/** What a series can be shown as, besides its values: how it is called, and the function that makes it. */
export const SHOWN_AS = {
  __proto__: null,
  ma7: { name: "7-day mean", call: "ma", days: 7 },
  ma30: { name: "30-day mean", call: "ma", days: 30 },
  ma90: { name: "90-day mean", call: "ma", days: 90 },
  ma365: { name: "365-day mean", call: "ma", days: 365 },
  change: { name: "change in a day", call: "change", days: 1 },
  growth: { name: "change in a day, %", call: "growth", days: 1 },
  growth365: { name: "change in a year, %", call: "growth", days: 365 },
  share: { name: "share of total, %" },
  z: { name: "z-score, 365 days", call: "z", days: 365 },
};
