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
    this.rows = mode.slices.flatMap((piece, slice) => rowsOf(mode.requests, piece, slice));
    this.gantt = new Gantt(mode, plan, this.rows);
    this.active = mode.slices.map(({ room = 1 }, slice) => new Use(mode.requests, mode.requests.active, slice, room));
    this.filled = mode.slices.map((_, slice) => new Use(mode.requests, mode.requests.filled, slice, 1));
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
    this.chip.show(this.mode.slices.map((_, slice) => this.#colourAt(slice, position)));
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
    const { finished, p99 } = this.mode.requests;
    const done = countUpTo(finished, position);
    if (!done) return { rate: null, p99: null, active: null, filled: null };
    // Until the last one that finished; at the end of the race, until the end, as the table has it.
    const until = position < this.plan.duration ? finished[done - 1] : position;
    return {
      rate: done / until,
      p99: p99[done - 1],
      active: shareOf(this.active, position),
      filled: shareOf(this.filled, position),
    };
  }

  #colourAt(slice, position) {
    for (const runs of this.rows) {
      const request = runs.slice === slice ? runs.index[countUpTo(runs.started, position) - 1] : undefined;
      if (request !== undefined && this.mode.requests.finished[request] > position) return this.plan.tenants[this.mode.requests.tenant[request]].colour;
    }
    return null;
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

/** The rows of a slice: one, or one for each tenant where it serves several side by side. */
function rowsOf(requests, { together = [] }, slice) {
  const all = requests.started.map((_, at) => at).filter((at) => requests.slice[at] === slice);
  all.sort((a, b) => requests.started[a] - requests.started[b]);
  const rows = together.length ? together.map((tenant) => all.filter((at) => requests.tenant[at] === tenant)) : [all];
  return rows.map((index) => ({ slice, index, started: index.map((at) => requests.started[at]) }));
}

/** What the requests of a slice use of the board up to a moment, and never more than there is `room` for. */
class Use {
  constructor({ slice: slices, started, finished }, weights, slice, room) {
    const steps = started.flatMap((start, at) => {
      const weight = weights[at] ?? NaN;
      return slices[at] === slice ? [[start, weight], [finished[at], -weight]] : [];
    });
    steps.sort(([one], [other]) => one - other);
    this.times = steps.map(([time]) => time);
    this.rates = [];
    this.used = [];
    let [rate, used, before] = [0, 0, 0];
    for (const [time, step] of steps) {
      used += Math.min(room, rate) * (time - before);
      rate += step;
      before = time;
      this.used.push(used);
      this.rates.push(Math.min(room, rate));
    }
  }

  upTo(position) {
    const at = countUpTo(this.times, position) - 1;
    return at < 0 ? 0 : this.used[at] + this.rates[at] * (position - this.times[at]);
  }
}

function shareOf(uses, position) {
  return uses.reduce((sum, use) => sum + use.upTo(position), 0) / position;
}

function percent(share) {
  if (share === null) return "–";
  return Number.isNaN(share) ? UNKNOWN : `${figure(100 * share, 2)} %`;
}
