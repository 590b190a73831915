// Tabs after the WAI-ARIA pattern with manual activation: arrows move, Enter or Space opens, for opening takes a moment.
import { h } from "./dom.js";

let sets = 0;

export class Tabs {
  constructor({ tools, scenarios }, open) {
    const id = `mig-dashboard-${(sets += 1)}`;
    const make = ({ key, title, number }) => {
      const words = number === undefined ? [title] : [h("span", { class: "mig-dashboard-number" }, String(number)), ` ${title}`];
      const panel = `${id}-${key}`;
      const tab = h("button", { type: "button", role: "tab", class: "mig-dashboard-tab", id: `${panel}-tab`, "aria-controls": panel, "data-tab": key, "aria-selected": "false", tabindex: -1 }, ...words);
      tab.addEventListener("click", () => open(key));
      return { key, tab, panel };
    };
    const first = tools.map(make);
    const claims = scenarios.map(make);
    this.all = [...first, ...claims];
    const row = (name, parts) => h("div", { class: `mig-dashboard-row ${name}`, role: "presentation" }, ...parts.map(({ tab }) => tab));
    this.root = h("div", { class: "mig-dashboard-tabs", role: "tablist", "aria-label": "Tools and claims" }, row("tools", first), claims.length ? row("claims", claims) : null);
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  choose(key) {
    const focused = this.root.contains(document.activeElement);
    for (const each of this.all) {
      each.tab.setAttribute("aria-selected", String(each.key === key));
    }
    this.#rove(this.all.findIndex((each) => (focused ? each.tab === document.activeElement : each.key === key)));
  }

  #rove(at) {
    this.all.forEach(({ tab }, index) => tab.setAttribute("tabindex", index === at ? 0 : -1));
  }

  #key(event) {
    const from = this.all.findIndex(({ tab }) => tab === event.target);
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: this.all.length - 1 }[event.key];
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = (to + this.all.length) % this.all.length;
    this.#rove(at);
    this.all[at].tab.focus({ preventScroll: true });
  }
}
