// The chart as a picture that stands alone, with the names of its series, and as a frame for other pages.

import { option } from "./option.js";
import { save } from "./tools.js";
import { write } from "./state.js";
import { init } from "./vendor/echarts/echarts.js";

const WIDTH = 1000;

/** Keep the drawing as an SVG. */
export function saveSvg(drawing, name) {
  const { option: told, height } = option(drawing, WIDTH, { alone: true });
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption(told);
  const text = chart.renderToSVGString();
  chart.dispose();
  save(`${name}.svg`, new Blob([text], { type: "image/svg+xml" }));
}

/** Keep the drawing as a PNG of twice as many pixels. */
export async function savePng(drawing, name) {
  const { option: told, height } = option(drawing, WIDTH, { alone: true });
  const chart = init(document.createElement("div"), null, { width: WIDTH, height });
  chart.setOption(told);
  const canvas = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: told.backgroundColor });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  chart.dispose();
  save(`${name}.png`, blob);
}

/** The HTML that shows the chart, which is so many pixels high, in another page. */
export function frame(state, height) {
  return `<iframe src="${location.origin}/embed?${write(state)}" width="100%" height="${Math.ceil(height) + 130}" style="border:0" title="satledger chart"></iframe>`.replaceAll("&", "&amp;");
}
