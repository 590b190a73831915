// The timeline of a lane: a row a slice, or a row a tenant of a slice that serves several at once; requests in their tenants' colours, up to the playback's moment.
// Where a race holds more requests than can be told apart, a window of it moves along.
import { h } from "./dom.js";
import { countUpTo } from "./words.js";

const ROW = 14;
const LEAST_HEIGHT = 106;
const AXIS = 16;
const CURSOR_AT = 0.75;

export class Gantt {
  #position = 0;
  #width = 0;

  /** `rows`: for each its slice, the numbers of its requests in the order they started, and those starts. */
  constructor(mode, plan, rows) {
    this.mode = mode;
    this.plan = plan;
    this.rows = rows;
    this.lost = new Set();
    this.height = Math.max(LEAST_HEIGHT, rows.length * ROW + 8);
    this.canvas = h("canvas", { class: "mig-race-canvas" });
    this.cursor = h("div", { class: "mig-race-cursor" });
    this.cursor.style.height = `${this.height + 6}px`;
    this.root = h(
      "div",
      { class: "mig-race-gantt", role: "img", "aria-label": describe(mode, plan, rows.length) },
      this.canvas,
      this.cursor,
    );
    this.root.style.height = `${this.height + AXIS}px`;
    this.watcher = new ResizeObserver(() => this.#resize());
    this.watcher.observe(this.root);
  }

  show(position) {
    this.#position = position;
    this.#draw();
  }

  /** Fade the requests of a tenant whose kernel failed on a slice. */
  lose(tenant, slice) {
    this.lost.add(`${tenant} ${slice}`);
    this.#draw();
  }

  close() {
    this.watcher.disconnect();
  }

  #resize() {
    const width = this.root.clientWidth;
    const ratio = globalThis.devicePixelRatio || 1;
    this.#width = width;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round((this.height + AXIS) * ratio);
    this.#draw();
  }

  #draw() {
    const width = this.#width;
    if (!width) return;
    const { span, duration } = this.plan;
    const left = Math.max(0, Math.min(duration - span, this.#position - CURSOR_AT * span));
    const at = (time) => ((time - left) * width) / span;
    const pen = this.canvas.getContext("2d");
    const ratio = this.canvas.width / width;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, this.height + AXIS);
    const style = getComputedStyle(this.root);
    const ink = (name) => style.getPropertyValue(name);
    pen.fillStyle = ink("--slot");
    pen.beginPath();
    pen.roundRect(0, 0, width, this.height, 6);
    pen.fill();
    this.#drawTicks(pen, at, left, ink);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, at(this.#position), this.height);
    pen.clip();
    this.rows.forEach((runs, row) => this.#drawRow(pen, at, left, runs, row));
    pen.restore();
    this.cursor.style.left = `${at(this.#position)}px`;
  }

  #drawTicks(pen, at, left, ink) {
    const { tick, unit, span } = this.plan;
    pen.font = `10px ${getComputedStyle(this.root).fontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    for (let number = Math.ceil(left / tick); number * tick <= left + span; number++) {
      const x = at(number * tick);
      pen.fillStyle = ink("--line");
      if (number) pen.fillRect(Math.round(x), 0, 1, this.height);
      const text = `${Number((number * tick * unit.factor).toPrecision(9)).toLocaleString("en")} ${unit.name}`;
      const half = pen.measureText(text).width / 2;
      pen.fillStyle = ink("--ink2");
      const inside = (number === 0 || x >= half) && x + half <= this.#width;
      if (inside) pen.fillText(text, Math.max(half, x), this.height + AXIS);
    }
  }

  #drawRow(pen, at, left, runs, row) {
    const { tenant, started, finished } = this.mode.requests;
    const count = this.rows.length;
    const pitch = (this.height - 8) / count;
    const thick = count === 1 ? this.height - 16 : Math.min(22, pitch - 3);
    const top = count === 1 ? 8 : 4 + row * pitch + (pitch - thick) / 2;
    const last = countUpTo(runs.started, this.#position);
    for (let run = last - 1; run >= 0; run--) {
      const request = runs.index[run];
      if (finished[request] < left) break;
      const x = at(started[request]);
      const long = at(finished[request]) - x;
      pen.globalAlpha = this.lost.has(`${tenant[request]} ${runs.slice}`) ? 0.22 : 1;
      pen.fillStyle = this.plan.tenants[tenant[request]].colour;
      pen.beginPath();
      pen.roundRect(x, top, Math.max(0.5, long > 4 ? long - 1.5 : long), thick, long > 5 ? 2 : 0);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
}

function describe(mode, plan, drawn) {
  const count = mode.requests.started.length;
  const each = drawn === mode.slices.length ? "slice" : "tenant on a slice";
  const rows = drawn === 1 ? "one row" : `${drawn} rows, one a ${each}`;
  return `Timeline of ${mode.title}: ${count} requests of ${plan.tenants.length} tenants, ${rows}.`;
}
