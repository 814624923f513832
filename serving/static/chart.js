// The chart: one axis for every unit, linear or logarithmic.

const COLOURS = {
  light: ["#0b5394", "#b45309", "#1a7f37", "#8250df", "#b91c5c", "#0e7490", "#6b4f00", "#475569"],
  dark: ["#6cb6ff", "#ffb454", "#7ee787", "#d2a8ff", "#ff8fb3", "#5fd4e6", "#e3c75f", "#b6c2cf"],
};

let plot = null;

export function colour(index) {
  const list = COLOURS[document.documentElement.dataset.theme] ?? COLOURS.light;
  return list[index % list.length];
}

const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;

/** Days of all series in order, and each series' numbers on them; null where it has none, or none that fits. */
function align(chosen, from, to, logarithmic) {
  const days = [...new Set(chosen.flatMap((one) => one.data.days))].filter((day) => day >= from && day <= to).sort();
  const place = new Map(days.map((day, index) => [day, index]));
  const columns = chosen.map((one) => {
    const column = new Array(days.length).fill(null);
    one.data.days.forEach((day, index) => {
      const number = Number(one.data.values[index]);
      if (place.has(day) && one.data.values[index] !== "" && !(logarithmic && number <= 0)) column[place.get(day)] = number;
    });
    return column;
  });
  return [days.map(seconds), ...columns];
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const print = (number) =>
  number === 0 || (Math.abs(number) >= 1e-3 && Math.abs(number) < 1e15) ? short.format(number) : number.toExponential(2);

function axes(units, style) {
  const common = { stroke: style.text, grid: { stroke: style.line, width: 1 }, ticks: { stroke: style.line, width: 1 } };
  return [
    common,
    ...units.map((unit, index) => ({
      ...common,
      scale: unit,
      label: unit,
      side: index % 2 ? 1 : 3,
      size: 74,
      grid: { ...common.grid, show: index === 0 },
      values: (_plot, numbers) => numbers.map((number) => (number == null ? "" : print(number))),
    })),
  ];
}

/** Draw the chosen series between two days; `onZoom` gets the days of a range that is dragged out. */
export function draw(place, chosen, from, to, logarithmic, onZoom) {
  plot?.destroy();
  plot = null;
  if (!chosen.length) return 0;
  const data = align(chosen, from, to, logarithmic);
  const css = getComputedStyle(document.documentElement);
  const style = { text: css.getPropertyValue("--text"), line: css.getPropertyValue("--line") };
  const units = [...new Set(chosen.map((one) => one.unit))];
  plot = new uPlot(
    {
      width: place.clientWidth,
      height: 380,
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "Etc/UTC"),
      cursor: { drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: true },
        ...Object.fromEntries(units.map((unit) => [unit, logarithmic ? { distr: 3 } : {}])),
      },
      axes: axes(units, style),
      series: [
        { value: (_plot, stamp) => (stamp == null ? "" : new Date(stamp * 1000).toISOString().slice(0, 10)) },
        ...chosen.map((one, index) => ({
          label: one.label,
          scale: one.unit,
          stroke: colour(index),
          width: 1.5,
          points: { show: data[0].length < 60 },
          value: (_plot, number) => (number == null ? "" : String(number)),
        })),
      ],
      hooks: {
        setSelect: [
          (drawn) => {
            const { left, width } = drawn.select;
            if (width < 5) return;
            const day = (pixel) => new Date(drawn.posToVal(pixel, "x") * 1000).toISOString().slice(0, 10);
            onZoom(day(left), day(left + width));
          },
        ],
      },
    },
    data,
    place,
  );
  return data[0].length;
}

export function resize(place) {
  plot?.setSize({ width: place.clientWidth, height: 380 });
}
