// A chart that follows: embedded once, then only the rows of its named data sets change.
import { h } from "./dom.js";
import { EmbeddedChart } from "./embedded_chart.js";
import { write } from "./words.js";

export class FollowingChart extends EmbeddedChart {
  #busy = false;
  #wanted = null;
  #rows = "";
  #serial = 0;

  /** `chart`: its name, Vega-Lite spec, the names of its data sets, height, padding, and whether it is wide. */
  constructor(chart) {
    super(chart, { class: "mig-whatif-plot", "data-chart": chart.name });
    this.name = chart.name;
    this.title = h("span", { class: "mig-whatif-finding" });
    this.axes = h("span", { class: "mig-muted mig-whatif-axes" });
    this.root = h("figure", { class: `mig-whatif-chart${chart.wide ? " mig-whatif-wide" : ""}` }, h("figcaption", {}, this.title, this.axes), this.host);
  }

  async open(vega) {
    if (this.closed) return;
    // The first rows go in with the chart: a scale that has seen none has nothing to draw an axis from.
    const first = this.#wanted;
    await this.embed(vega, first?.data);
    if (this.#wanted === first) this.#wanted = null;
    this.#flush();
  }

  /** `figures`: a title, the words of the axes, and rows by data set; `serial`: which wish they answer. */
  show(figures, serial) {
    write(this.title, figures.title);
    write(this.axes, figures.axes);
    this.root.classList.toggle("mig-whatif-empty", figures.empty);
    this.#serial = serial;
    const rows = JSON.stringify(figures.data);
    if (rows === this.#rows) {
      if (!this.#busy) this.host.dataset.serial = serial;
      return;
    }
    this.#rows = rows;
    this.#wanted = figures;
    this.#flush();
  }

  // Only the newest figures are drawn, however fast they come.
  #flush() {
    if (this.#busy || this.closed || !this.view || !this.#wanted) return;
    const { data } = this.#wanted;
    this.#wanted = null;
    this.#busy = true;
    for (const name of this.chart.sets) {
      this.view.change(name, this.view.changeset().remove(() => true).insert(data[name] ?? []));
    }
    this.view.runAsync().then(() => {
      this.host.dataset.updates = Number(this.host.dataset.updates) + 1;
      this.host.dataset.serial = this.#serial;
      this.#busy = false;
      this.#flush();
    });
  }
}
