// A chart that follows: embedded once, then only the rows of its named data sets change.
import { h } from "./dom.js";
import { write } from "./words.js";

export class FollowingChart {
  #busy = false;
  #closed = false;
  #wanted = null;
  #rows = "";
  #serial = 0;

  /** `chart`: its name, Vega-Lite spec, the names of its data sets, height, padding, and whether it is wide. */
  constructor(chart) {
    this.chart = chart;
    this.name = chart.name;
    this.host = h("div", { class: "mig-whatif-plot", "data-chart": chart.name, "data-updates": 0, "data-embeds": 0 });
    this.host.style.height = `${chart.height + chart.padding.top + chart.padding.bottom}px`;
    this.title = h("span", { class: "mig-whatif-finding" });
    this.axes = h("span", { class: "mig-muted mig-whatif-axes" });
    this.root = h("figure", { class: `mig-whatif-chart${chart.wide ? " mig-whatif-wide" : ""}` }, h("figcaption", {}, this.title, this.axes), this.host);
  }

  async open({ vegaEmbed }) {
    if (this.#closed) return;
    const spec = structuredClone(this.chart.spec);
    spec.width = this.#room();
    // The first rows go in with the chart: a scale that has seen none has nothing to draw an axis from.
    if (this.#wanted) spec.datasets = this.#wanted.data;
    const first = this.#wanted;
    const options = { actions: false, renderer: "svg", tooltip: false, defaultStyle: false, ast: true, mode: "vega-lite" };
    this.embedded = await vegaEmbed(this.host, spec, options);
    this.view = this.embedded.view;
    this.host.vegaView = this.view;
    this.host.dataset.embeds = Number(this.host.dataset.embeds) + 1;
    this.watcher = new ResizeObserver(() => this.#fit());
    this.watcher.observe(this.host);
    if (this.#wanted === first) this.#wanted = null;
    this.#flush();
  }

  fail(words) {
    this.host.replaceChildren(h("div", { class: "mig-muted" }, `No chart: ${words}.`));
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

  close() {
    this.#closed = true;
    this.watcher?.disconnect();
    this.embedded?.finalize();
  }

  #room() {
    const { left, right } = this.chart.padding;
    return Math.max(80, this.host.clientWidth - left - right);
  }

  #fit() {
    const room = this.#room();
    if (this.#closed || this.view.width() === room) return;
    this.view.width(room).runAsync();
  }

  // Only the newest figures are drawn, however fast they come.
  #flush() {
    if (this.#busy || this.#closed || !this.view || !this.#wanted) return;
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
