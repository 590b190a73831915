// One sharing mode: its words, its chip, its timeline and its numbers so far.
import { h, s } from "./dom.js";
import { Chip } from "./chip.js";
import { Gantt } from "./gantt.js";
import { countUpTo, figure, write } from "./words.js";

const UNKNOWN = "not known";
const MARKS = {
  waiting: { word: "not started", shape: ["circle", { cx: 6, cy: 6, r: 3.5 }] },
  running: { word: "running", shape: ["circle", { cx: 6, cy: 6, r: 3.5 }] },
  correct: { word: "correct", shape: ["path", { d: "M2.2 6.4 5 9.2 9.8 3.4" }] },
  failed: { word: "failed", shape: ["path", { d: "M3 3l6 6M9 3l-6 6" }] },
};

export class Lane {
  constructor(mode, plan) {
    this.mode = mode;
    this.plan = plan;
    this.chip = new Chip(mode, plan.board);
    this.bySlice = mode.slices.map((_, slice) => runsOf(mode.requests, slice));
    this.gantt = new Gantt(mode, plan, this.bySlice);
    this.activeSoFar = sums(mode.requests, mode.requests.active);
    this.filledSoFar = sums(mode.requests, mode.requests.filled);
    this.kernels = h("div", { class: "mig-race-kernels" });
    this.kernelWords = h("span", { class: "mig-muted" });
    this.numbers = ["requests/s so far", `${plan.latency_unit.name} p99 so far`, "of SMs active", "of warp slots filled"].map((words) => ({
      value: h("b", {}, "–"),
      words: h("span", {}, words),
    }));
    this.note = h("p", { class: "mig-race-note" });
    this.root = h(
      "section",
      { class: "mig-race-lane", "aria-label": mode.title },
      h(
        "div",
        { class: "mig-race-who" },
        h("h2", {}, mode.title),
        h("div", { class: "mig-muted" }, mode.subtitle),
        this.chip.root,
        this.kernels,
      ),
      this.gantt.root,
      h("div", { class: "mig-race-numbers mig-num" }, ...this.numbers.flatMap(({ value, words }) => [value, words]), this.note),
    );
  }

  show(position) {
    this.gantt.show(position);
    this.chip.show(this.bySlice.map((runs) => this.#colourAt(runs, position)));
    const { rate, p99, active, filled } = this.soFar(position);
    const texts = [figure(rate), figure(p99 === null ? null : p99 * this.plan.latency_unit.factor), percent(active), percent(filled)];
    texts.forEach((text, index) => {
      write(this.numbers[index].value, text);
      this.numbers[index].value.classList.toggle("mig-race-unknown", text === UNKNOWN);
    });
  }

  /** Requests/s, p99 latency in seconds, shares of the board's SM time and warp slots used, up to a moment.
   *  A share is NaN where that of a request in it is not known. */
  soFar(position) {
    const { finished, p99, active, filled } = this.mode.requests;
    const done = countUpTo(finished, position);
    if (!done) return { rate: null, p99: null, active: null, filled: null };
    // Until the last one that finished; at the end of the race, until the end, as the table has it.
    const until = position < this.plan.duration ? finished[done - 1] : position;
    return {
      rate: done / until,
      p99: p99[done - 1],
      active: this.#used(active, this.activeSoFar, position, done),
      filled: this.#used(filled, this.filledSoFar, position, done),
    };
  }

  #used(weights, soFar, position, done) {
    const { started, finished } = this.mode.requests;
    let used = soFar[done - 1];
    for (const runs of this.bySlice) {
      const at = runs.index[countUpTo(runs.started, position) - 1];
      if (at !== undefined && finished[at] > position) used += (position - started[at]) * (weights[at] ?? NaN);
    }
    return used / position;
  }

  #colourAt(runs, position) {
    const at = countUpTo(runs.started, position) - 1;
    if (at < 0) return null;
    const request = runs.index[at];
    if (this.mode.requests.finished[request] <= position) return null;
    return this.plan.tenants[this.mode.requests.tenant[request]].colour;
  }

  /** `states`: [tenant, slice, state, words] for each kernel that runs for this lane. */
  showKernels(states) {
    const marks = states.map(([tenant, slice, state, words]) => {
      if (state === "failed") this.gantt.lose(tenant, slice);
      const label = `${this.plan.tenants[tenant].name} on ${this.mode.slices[slice].name}: ${words || MARKS[state].word}`;
      const [tag, attributes] = MARKS[state].shape;
      return s(
        "svg",
        { class: `mig-race-mark ${state}`, viewBox: "0 0 12 12", width: 12, height: 12, role: "img", "aria-label": label },
        s("title", {}, label),
        s(tag, attributes),
      );
    });
    const count = (wanted) => states.filter(([, , state]) => state === wanted).length;
    const failed = count("failed");
    const counted = `${count("correct")} of ${states.length} correct${failed ? `, ${failed} failed` : ""}`;
    this.kernelWords.textContent = states.length ? counted : "no kernels";
    this.root.classList.toggle("lost", failed > 0);
    write(this.note, failed ? "No total: the kernel of a tenant counted here failed." : "");
    this.kernels.replaceChildren(marks.length ? h("span", { class: "mig-race-marks" }, ...marks) : "", this.kernelWords);
  }

  close() {
    this.gantt.close();
  }
}

function runsOf(requests, slice) {
  const index = requests.started.map((_, at) => at).filter((at) => requests.slice[at] === slice);
  index.sort((a, b) => requests.started[a] - requests.started[b]);
  return { index, started: index.map((at) => requests.started[at]) };
}

function sums({ started, finished }, weights) {
  let used = 0;
  return finished.map((end, at) => (used += (end - started[at]) * (weights[at] ?? NaN)));
}

function percent(share) {
  if (share === null) return "–";
  return Number.isNaN(share) ? UNKNOWN : `${figure(100 * share, 2)} %`;
}
