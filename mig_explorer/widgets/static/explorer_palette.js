// The profiles to choose from, each with a small picture and how many more of it fit.
import { h, s } from "./dom.js";

function miniature(profile, board) {
  const step = 44 / board.columns;
  const bar = (y, count, span, on) => Array.from({ length: count }, (_, at) =>
    s("rect", { x: at * span * step, y, width: span * step - 1, height: 6, rx: 1, class: at < on ? "on" : "off" }));
  return s("svg", { width: 44, height: 15, viewBox: "0 0 44 15", "aria-hidden": "true" },
    ...bar(0, board.compute, board.span, profile.compute), ...bar(8, board.columns, 1, profile.memory));
}

/** Make the palette. `choose(name)` is called when a profile is chosen. */
export function makePalette({ choose }) {
  const list = h("div", { class: "mig-families", role: "radiogroup", "aria-label": "Profile to place" });
  const legend = h("p", { class: "mig-legend mig-muted" });
  const node = h("div", { class: "mig-palette" }, h("h2", { class: "mig-h2" }, "Profiles, and how many fit"), list, legend);
  let names = [], chips = [], drawn = "";

  function focus(at) {
    const next = (at + names.length) % names.length;
    choose(names[next]);
    chips[next].node.focus({ preventScroll: true });
  }

  list.addEventListener("click", (event) => {
    const at = chips.findIndex((chip) => chip.node.contains(event.target));
    if (at >= 0) choose(names[at]);
  });
  list.addEventListener("keydown", (event) => {
    const at = chips.findIndex((chip) => chip.node === event.target);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1, Enter: at, " ": at }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focus(to);
  });

  function makeChip(profile, board) {
    const left = h("span", { class: "mig-left mig-num" });
    const parts = profile.group ? [h("b", {}, profile.label), left] : [miniature(profile, board), h("b", {}, profile.label), left];
    return { left, node: h("div", { class: profile.group ? "mig-chip small" : "mig-chip", role: "radio", title: profile.title }, ...parts) };
  }

  /** The profiles of a board with many families stand in one group a size. */
  function grouped(profiles, board) {
    const sizes = [...new Set(profiles.map((each) => each.group))];
    return sizes.map((size) => {
      const inside = chips.filter((_, at) => profiles[at].group === size).map((chip) => chip.node);
      if (!size) return h("div", { class: "mig-chips" }, ...inside);
      const head = h("div", { class: "mig-size", "aria-hidden": "true" }, miniature(profiles.find((each) => each.group === size), board), h("b", {}, size));
      return h("div", {}, head, h("div", { class: "mig-chips small" }, ...inside));
    });
  }

  return {
    node,
    update({ profiles, board }, chosen) {
      if (board.name !== drawn) {
        drawn = board.name;
        names = profiles.map((each) => each.name);
        chips = profiles.map((each) => makeChip(each, board));
        list.replaceChildren(...grouped(profiles, board));
        legend.textContent = board.legend;
        legend.hidden = !board.legend;
      }
      for (const [at, chip] of chips.entries()) {
        const on = names[at] === chosen;
        if (chip.left.textContent !== String(profiles[at].left)) chip.left.textContent = String(profiles[at].left);
        chip.node.classList.toggle("none", profiles[at].left === 0);
        chip.node.setAttribute("aria-label", profiles[at].spoken);
        chip.node.setAttribute("aria-checked", String(on));
        chip.node.setAttribute("tabindex", on ? 0 : -1);
      }
    },
  };
}
