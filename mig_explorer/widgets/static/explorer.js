// The layout widget: Python holds the layout and says what is possible, this draws it and passes gestures on.
import { h, ownKeys } from "./dom.js";
import { makeBoard } from "./explorer_board.js";
import { makeFormats } from "./explorer_formats.js";
import { makeHeader } from "./explorer_header.js";
import { makeMachine } from "./explorer_machine.js";
import { makePalette } from "./explorer_palette.js";
import { makeStatus } from "./explorer_status.js";
import { makeTable } from "./explorer_table.js";

function span(first, size) {
  return size === 1 ? `slice ${first}` : `slices ${first} to ${first + size - 1}`;
}

function render({ model, el }) {
  let state = model.get("state");
  let chosen = null;
  const profile = () => state.profiles.find((each) => each.name === chosen);
  const holder = (slice) => state.instances.find((each) => each.start <= slice && slice < each.start + each.size);

  const status = makeStatus({
    take: (name, start, choice) => send({ op: "take", profile: name, start, choice }),
    divide: (start, into) => send({ op: "divide", start, into }),
    leave: () => board.focus(),
  });
  const header = makeHeader({ send });
  const machine = makeMachine({ back: () => send({ op: "machine" }) });
  const palette = makePalette({ choose });
  const board = makeBoard({ act, point, step });
  const table = makeTable();
  const formats = makeFormats({ turn: (name) => send({ op: "format", name }) });
  const statement = h("p", { class: "mig-statement" });
  const right = h("div", { class: "mig-right" }, board.node, statement, status.node, table.node);
  const main = h("div", { class: "mig-main" }, palette.node, right);
  const card = h("div", { class: "mig-card" }, header.node, machine.node, main, formats.node);
  const root = ownKeys(h("div", { class: "mig mig-explorer" }, card));

  function send(message) {
    try {
      model.send(message);
    } catch {
      say({ kind: "bad", headline: "The kernel that holds this layout is gone.", detail: "Run the cell again." });
      formats.update(model.get("export"));
    }
  }

  function choose(name) {
    chosen = name;
    palette.update(state, chosen);
    board.choose(profile());
  }

  function step(by) {
    const at = state.profiles.findIndex((each) => each.name === chosen) + by;
    if (state.profiles[at]) choose(state.profiles[at].name);
  }

  function act(slice, key) {
    const held = holder(slice);
    if (key === "d") divideNext(held);
    else if (key === "Delete" || held) send({ op: "remove", start: slice });
    else if (chosen) send({ op: "place", profile: chosen, start: slice });
  }

  function divideNext(held) {
    if (!held) return;
    const next = held.divisions.findIndex((each) => each.on) + 1;
    const division = held.divisions[next % held.divisions.length];
    if (division) send({ op: "divide", start: held.start, into: division.into });
    else say({ kind: "info", headline: `${held.profile} has one compute slice: it cannot be divided.`, detail: "" });
  }

  let shown = state.status;
  function say(said) {
    shown = said;
    status.show(said, state.instances.find((each) => each.start === said.divides));
  }

  /** The words of a refusal follow the board a moment later; none are shown that belong to another layout. */
  function refusal(slice) {
    const { of, words } = model.get("refusals");
    return of === state.placed_as ? words[chosen]?.[slice] : undefined;
  }

  function point(slice) {
    if (slice === null) {
      // What offers something to click stays, so that the pointer can reach it.
      if (!shown.choices?.length && shown.divides === undefined) say(state.status);
      return;
    }
    const held = holder(slice);
    if (held) {
      const ways = held.divisions.length ? "A click, Enter or Delete removes it, D divides it." : "A click, Enter or Delete removes it.";
      say({ kind: "info", headline: `${held.profile} holds memory ${span(held.start, held.size)}.`, detail: held.facts, way_out: ways, divides: held.divisions.length ? held.start : undefined });
    } else if (profile() && state.places[chosen].includes(slice)) {
      say({ kind: "info", headline: `${chosen} fits at memory slice ${slice}.`, detail: "A click or Enter places it." });
    } else {
      const said = refusal(slice);
      if (said) say({ kind: "bad", ...said });
    }
  }

  function paint() {
    const { has_mig: hasMig, statement: words } = state.board;
    if (!state.profiles.some((each) => each.name === chosen)) chosen = state.profiles[0]?.name ?? null;
    main.classList.toggle("alone", !hasMig);
    for (const part of [palette.node, board.node, table.node, formats.node]) part.hidden = !hasMig;
    statement.hidden = hasMig;
    statement.textContent = words;
    header.update(state);
    machine.update(state);
    palette.update(state, chosen);
    if (hasMig) board.update(state, profile());
    table.update(state);
    say(state.status);
  }

  const listeners = {
    "change:state": () => { state = model.get("state"); paint(); },
    "change:export": () => formats.update(model.get("export")),
    "change:refusals": () => board.again(),
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  // The board has its own keys; JupyterLab's must not act on the notebook while they are used.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const sized = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width > 0) requestAnimationFrame(() => { board.resize(width); table.fit(); });
  });
  sized.observe(board.node);
  paint();
  formats.update(model.get("export"));
  el.append(root);
  return () => { sized.disconnect(); for (const [event, listener] of Object.entries(listeners)) model.off(event, listener); };
}

export default { render };
