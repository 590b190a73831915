// A chart that grows: embedded once, then only rows enter and leave its named data sets.
import { h } from "./dom.js";
import { EmbeddedChart } from "./embedded_chart.js";
import { countUpTo } from "./words.js";

const LABEL_GAP = 14;

export class LiveChart extends EmbeddedChart {
  #busy = false;
  #wanted = null;
  #shown = 0;
  #drawn = "";

  /** `chart`: its Vega-Lite spec, title, field and size; `samples`: the moments and each mode's figures there. */
  constructor(chart, plan) {
    super(chart, { class: "mig-race-plot" });
    this.plan = plan;
    this.times = plan.samples.time;
    this.series = plan.modes.map((mode, index) => ({ title: mode.title, values: plan.samples[chart.field][index] }));
    const caption = h("figcaption", {}, chart.title, " ", h("span", {}, `over ${plan.time} time, ${plan.unit.name}`));
    this.root = h("figure", { class: "mig-race-chart" }, caption, this.host);
  }

  async open(vega) {
    if (this.closed) return;
    await this.embed(vega);
    this.#flush();
  }

  show(position) {
    this.#wanted = position;
    this.#flush();
  }

  // One change a frame, however often the playback asks.
  #flush() {
    if (this.#busy || this.closed || !this.view || this.#wanted === null) return;
    const position = this.#wanted;
    const count = countUpTo(this.times, position);
    const ends = this.#ends(count);
    const drawn = JSON.stringify(ends);
    if (count === this.#shown && drawn === this.#drawn) return;
    this.#busy = true;
    const rows = this.view.changeset();
    if (count < this.#shown) rows.remove((row) => row.at >= count);
    else rows.insert(this.#rows(this.#shown, count));
    this.#shown = count;
    this.#drawn = drawn;
    this.view
      .change("progress", rows)
      .change("ends", this.view.changeset().remove(() => true).insert(ends))
      .runAsync()
      .then(() => {
        this.host.dataset.updates = Number(this.host.dataset.updates) + 1;
        this.#busy = false;
        this.#flush();
      });
  }

  #rows(from, to) {
    const rows = [];
    for (const { title, values } of this.series) {
      for (let at = from; at < to; at++) {
        if (values[at] !== null) rows.push({ at, time: this.times[at] * this.plan.unit.factor, mode: title, value: values[at] });
      }
    }
    return rows;
  }

  #ends(count) {
    const at = count - 1;
    const ends = this.series
      .filter(({ values }) => at >= 0 && values[at] !== null)
      .map(({ title, values }) => ({ time: this.times[at] * this.plan.unit.factor, mode: title, value: values[at] }));
    return spread(ends, this.chart.top, this.chart.height);
  }
}

/** Give each end a `label` height, so that no two labels lie on one another nor leave the plot. */
export function spread(ends, top, height) {
  const gap = (LABEL_GAP * top) / height;
  const sorted = ends.map((end) => ({ ...end, label: end.value })).sort((a, b) => a.label - b.label);
  for (let i = 1; i < sorted.length; i++) sorted[i].label = Math.max(sorted[i].label, sorted[i - 1].label + gap);
  let ceiling = top;
  for (let i = sorted.length - 1; i >= 0 && sorted[i].label > ceiling; i--) {
    sorted[i].label = ceiling;
    ceiling -= gap;
  }
  return sorted;
}
