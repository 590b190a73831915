// The same figures as numbers: one row a sharing mode. It is also what a screen reader reads of the charts.
import { h, s } from "./dom.js";

export class FiguresTable {
  constructor() {
    this.head = h("thead", {});
    this.body = h("tbody", {});
    const table = h("table", { class: "mig-table mig-num", "aria-label": "Figures of each sharing mode" }, this.head, this.body);
    this.root = h("div", { class: "mig-whatif-table", tabindex: 0, role: "group", "aria-label": "Figures" }, table);
    this.known = "";
  }

  /** `columns`: name and unit; `rows`: a mode, its look and a text for each column, or what is the matter. */
  show({ columns, rows }) {
    const now = JSON.stringify([columns, rows]);
    if (now === this.known) return;
    this.known = now;
    const cell = ({ name, unit }) => h("th", { scope: "col" }, name, h("span", { class: "mig-whatif-unit" }, unit));
    this.head.replaceChildren(h("tr", {}, h("th", { scope: "col" }, "Sharing mode"), ...columns.map(cell)));
    this.body.replaceChildren(...rows.map((row) => this.#row(row, columns.length)));
  }

  #row({ mode, about, colour, dash, cells, problem }, count) {
    const line = s("line", { x1: 1, y1: 5, x2: 17, y2: 5, "stroke-width": 2.2, "stroke-dasharray": dash.join(" ") });
    line.style.stroke = colour;
    const sample = s("svg", { width: 18, height: 10, "aria-hidden": "true" }, line);
    const name = h("th", { scope: "row" }, sample, h("span", {}, mode), h("span", { class: "mig-muted mig-whatif-about" }, about));
    if (problem) return h("tr", {}, name, h("td", { colspan: count, class: "mig-whatif-none" }, problem));
    return h("tr", {}, name, ...cells.map(({ words, best }) => h("td", {}, best ? h("b", {}, words) : words)));
  }
}
