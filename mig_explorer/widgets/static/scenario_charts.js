// The charts of an outcome. A new one takes the place of the old when it is drawn, so that nothing flickers.
import { h } from "./dom.js";

const OPTIONS = { actions: false, renderer: "svg", tooltip: false, defaultStyle: false, ast: true, mode: "vega-lite" };

export class Charts {
  #library = null;
  #failure = "";
  #shown = [];
  #wanted = 0;

  constructor() {
    this.root = h("div", { class: "mig-scenario-charts", "data-drawn": 0 });
    this.places = [];
  }

  open(library) {
    this.#library = library;
    this.#draw();
  }

  fail(words) {
    this.#failure = words;
    this.#draw();
  }

  show(charts) {
    const now = JSON.stringify(charts);
    if (now === this.known) return;
    this.known = now;
    this.charts = charts;
    this.#draw();
  }

  close() {
    this.#wanted += 1;
    for (const each of this.#shown) each.finalize();
  }

  async #draw() {
    if (!this.charts) return;
    const serial = (this.#wanted += 1);
    if (this.#failure || !this.#library) {
      const words = this.#failure ? `No charts: ${this.#failure}. The tables have the figures.` : "The charts are on their way…";
      this.root.replaceChildren(h("p", { class: "mig-muted" }, words));
      return;
    }
    const made = await Promise.all(this.charts.map((chart) => this.#one(chart)));
    if (serial !== this.#wanted) {
      for (const { embedded } of made) embedded?.finalize();
      return;
    }
    for (const each of this.#shown) each.finalize();
    this.#shown = made.map(({ embedded }) => embedded).filter(Boolean);
    this.root.replaceChildren(...made.map(({ node }) => node));
    this.root.dataset.drawn = Number(this.root.dataset.drawn) + 1;
  }

  async #one({ title, spec, words }) {
    const plot = h("div", { class: "mig-scenario-plot" });
    const node = h("figure", { class: "mig-scenario-chart" }, h("figcaption", {}, title), plot);
    try {
      const embedded = await this.#library.vegaEmbed(plot, spec, OPTIONS);
      const picture = plot.querySelector("svg");
      // One picture with one description: a screen reader would else read every mark.
      picture?.setAttribute("role", "img");
      picture?.setAttribute("aria-label", words);
      for (const inner of picture?.querySelectorAll("[role], [aria-roledescription], [aria-label]") ?? []) {
        for (const name of ["role", "aria-roledescription", "aria-label"]) inner.removeAttribute(name);
      }
      return { node, embedded };
    } catch (error) {
      plot.replaceChildren(h("p", { class: "mig-muted" }, `This chart cannot be drawn: ${error.message}`));
      return { node, embedded: null };
    }
  }
}
