// What if: sliders over the model of a shared GPU, and five charts that follow them.
import { h, ownKeys } from "./dom.js";
import { vegaLibrary } from "./vega_library.js";
import { FollowingChart } from "./whatif_chart.js";
import { Controls } from "./whatif_controls.js";
import { FiguresTable } from "./whatif_table.js";
import { write } from "./words.js";

const LATE = 1500;
// Charts that come a little after the others, each in a trait of its own.
const LATER = ["latency", "neighbour", "frontier"];

/** Asks Python for one state at a time: what is moved meanwhile is asked for when the answer is there. */
class Wishes {
  #open = null;
  #next = null;
  #timer = 0;

  constructor(model, waiting) {
    this.model = model;
    this.waiting = waiting;
    this.serial = model.get("shown").serial ?? 0;
  }

  ask(change) {
    this.#next = { ...this.#next, ...change };
    this.#send();
  }

  answered(serial) {
    if (this.#open === null || serial < this.#open) return;
    this.#open = null;
    clearTimeout(this.#timer);
    this.waiting(false);
    this.#send();
  }

  close() {
    clearTimeout(this.#timer);
  }

  get idle() {
    return this.#open === null && this.#next === null;
  }

  #send() {
    if (this.#open !== null || this.#next === null) return;
    this.serial += 1;
    this.#open = this.serial;
    this.model.send({ kind: "change", serial: this.serial, change: this.#next });
    this.#next = null;
    this.#timer = setTimeout(() => this.waiting(true), LATE);
  }
}

function header(model) {
  const title = h("h1", {}, "What if");
  const words = h("div", { class: "mig-muted" });
  const badge = h("span", { class: "mig-badge mig-num mig-whatif-provenance" });
  const root = h("div", { class: "mig-bar" }, h("div", { class: "mig-whatif-title" }, title, words), badge);
  return {
    root,
    show(shown) {
      write(title, shown.title);
      write(words, shown.workload);
      write(badge, shown.provenance);
    },
  };
}

function messages() {
  const root = h("div", { class: "mig-whatif-messages", role: "alert" });
  let said = "";
  return {
    root,
    show(list) {
      const now = JSON.stringify(list);
      if (now === said) return;
      said = now;
      root.replaceChildren(
        ...list.map(({ headline, detail }) => h("div", { class: "mig-status bad" }, h("b", {}, headline), " ", detail)),
      );
    },
  };
}

function verdictPanel() {
  const headline = h("b", {});
  const detail = h("span", {});
  const note = h("p", { class: "mig-muted mig-whatif-note" });
  const late = h("p", { class: "mig-muted mig-whatif-late", hidden: true }, "The kernel is busy: the charts follow when it is free.");
  const root = h("div", { role: "status", "aria-live": "polite" }, h("p", {}, headline, " ", detail), late);
  const panel = h("div", { class: "mig-whatif-verdict" }, root, note);
  return {
    root: panel,
    show(shown) {
      write(headline, shown.verdict.headline);
      write(detail, shown.verdict.detail);
      write(note, shown.note);
    },
    late(is) {
      late.hidden = !is;
    },
  };
}

function panel(model) {
  const top = header(model);
  const said = messages();
  const verdict = verdictPanel();
  const wishes = new Wishes(model, verdict.late);
  const controls = new Controls((change) => wishes.ask(change));
  const charts = model.get("plan").charts.map((chart) => new FollowingChart(chart));
  const table = new FiguresTable();
  const card = h(
    "div",
    { class: "mig-card" },
    top.root,
    controls.root,
    said.root,
    h("div", { class: "mig-whatif-charts" }, ...charts.map((chart) => chart.root)),
    table.root,
    verdict.root,
  );
  const show = () => {
    const shown = model.get("shown");
    wishes.answered(shown.serial);
    top.show(shown);
    controls.show(shown.controls, wishes.idle);
    said.show(shown.messages);
    for (const chart of charts) {
      if (!LATER.includes(chart.name)) chart.show(shown.charts[chart.name], shown.serial);
    }
    table.show(shown.table);
    verdict.show(shown);
    card.dataset.serial = shown.serial;
  };
  const followers = LATER.map((name) => {
    const chart = charts.find((each) => each.name === name);
    const follow = () => {
      const figures = model.get(name);
      chart.show(figures, figures.serial);
    };
    model.on(`change:${name}`, follow);
    follow();
    return () => model.off(`change:${name}`, follow);
  });
  model.on("change:shown", show);
  show();
  vegaLibrary(model)
    .then((library) => Promise.all(charts.map((chart) => chart.open(library))))
    .catch((error) => charts.forEach((chart) => chart.fail(error.message)));
  return {
    card,
    close() {
      model.off("change:shown", show);
      for (const stop of followers) stop();
      wishes.close();
      for (const chart of charts) chart.close();
    },
  };
}

function render({ model, el }) {
  const root = ownKeys(h("div", { class: "mig mig-whatif", role: "group", "aria-label": "What if" }));
  el.append(root);
  const shown = panel(model);
  root.replaceChildren(shown.card);
  return () => shown.close();
}

export default { render };
