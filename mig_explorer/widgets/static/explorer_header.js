// The bar on top: which board, what it is, presets, undo and clear.
import { h } from "./dom.js";

function button(label, act, attributes = {}) {
  const node = h("button", { type: "button", class: "mig-btn", ...attributes }, label);
  node.addEventListener("click", act);
  return node;
}

/** Make the bar. `send(message)` passes a gesture to Python. */
export function makeHeader({ send }) {
  const select = h("select", { class: "mig-select", "aria-label": "Board" });
  const facts = h("span", { class: "mig-facts mig-muted mig-num" });
  const presets = h("span", { class: "mig-presets", role: "group", "aria-label": "Layouts to start from" });
  const undo = button("Undo", () => send({ op: "undo" }));
  const clear = button("Clear", () => send({ op: "clear" }));
  const node = h("div", { class: "mig-bar" }, select, facts, h("span", { class: "mig-grow" }), presets,
    h("span", { class: "mig-history" }, undo, clear));
  let drawn = "";
  select.addEventListener("change", () => send({ op: "board", name: select.value }));

  return {
    node,
    update(state) {
      const { board } = state;
      if (drawn !== board.name) {
        drawn = board.name;
        select.replaceChildren(...board.choices.map(({ group, boards }) =>
          h("optgroup", { label: group }, ...boards.map((name) => h("option", { value: name }, name)))));
        facts.replaceChildren(...board.facts.flatMap((fact, at) => [at ? " · " : "", h("span", { title: fact.title }, fact.text)]));
        presets.replaceChildren(...state.presets.map(({ title }) => button(title, () => send({ op: "preset", title }), { "aria-pressed": "false" })));
      }
      select.value = board.name;
      for (const [at, each] of state.presets.entries()) presets.children[at].setAttribute("aria-pressed", String(each.on));
      undo.disabled = !state.undo;
      clear.disabled = state.instances.length === 0;
    },
  };
}
