export { init, use } from "echarts/core";
import { use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from "echarts/components";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
use([BarChart, LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, CanvasRenderer, SVGRenderer]);
