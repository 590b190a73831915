// A chart in its place on a page: embedded once, always as wide as the place, gone with the widget.
import { h } from "./dom.js";

export class EmbeddedChart {
  closed = false;

  /** `chart`: its Vega-Lite spec, height and padding; `attributes`: those of the element that it is embedded in. */
  constructor(chart, attributes) {
    this.chart = chart;
    this.host = h("div", { ...attributes, "data-updates": 0, "data-embeds": 0 });
    this.host.style.height = `${chart.height + chart.padding.top + chart.padding.bottom}px`;
  }

  /** `datasets`: rows that go in with the chart, by data set; none where there are no rows yet. */
  async embed({ vegaEmbed }, datasets) {
    const spec = structuredClone(this.chart.spec);
    spec.width = this.#room();
    if (datasets) spec.datasets = datasets;
    const options = { actions: false, renderer: "svg", tooltip: false, defaultStyle: false, ast: true, mode: "vega-lite" };
    this.embedded = await vegaEmbed(this.host, spec, options);
    this.view = this.embedded.view;
    this.host.vegaView = this.view;
    this.host.dataset.embeds = Number(this.host.dataset.embeds) + 1;
    this.watcher = new ResizeObserver(() => this.#fit());
    this.watcher.observe(this.host);
  }

  fail(words) {
    this.host.replaceChildren(h("div", { class: "mig-muted" }, `No chart: ${words}.`));
  }

  close() {
    this.closed = true;
    this.watcher?.disconnect();
    this.embedded?.finalize();
  }

  #room() {
    const { left, right } = this.chart.padding;
    return Math.max(80, this.host.clientWidth - left - right);
  }

  #fit() {
    const room = this.#room();
    if (this.closed || this.view.width() === room) return;
    this.view.width(room).runAsync();
  }
}
