// The layout widget: Python holds the layout and says what is possible, this draws it and passes gestures on.
import { h, ownKeys } from "./dom.js";
import { makeBoard } from "./explorer_board.js";
import { makeCommands, makeTable } from "./explorer_details.js";
import { makeHeader } from "./explorer_header.js";
import { makePalette } from "./explorer_palette.js";
import { makeStatus } from "./explorer_status.js";

function span(first, size) {
  return size === 1 ? `slice ${first}` : `slices ${first} to ${first + size - 1}`;
}

function render({ model, el }) {
  let state = model.get("state");
  let chosen = null;
  const profile = () => state.profiles.find((each) => each.name === chosen);
  const holder = (slice) => state.instances.find((each) => each.start <= slice && slice < each.start + each.size);

  const status = makeStatus({ take: (name, start, choice) => send({ op: "take", profile: name, start, choice }) });
  const header = makeHeader({ send });
  const palette = makePalette({ choose });
  const board = makeBoard({ act, point, step });
  const table = makeTable();
  const commands = makeCommands();
  const statement = h("p", { class: "mig-statement" });
  const right = h("div", { class: "mig-right" }, board.node, statement, status.node, table.node);
  const main = h("div", { class: "mig-main" }, palette.node, right);
  const card = h("div", { class: "mig-card" }, header.node, main, commands.node);
  const root = ownKeys(h("div", { class: "mig mig-explorer" }, card));

  function send(message) {
    try {
      model.send(message);
    } catch {
      say({ kind: "bad", headline: "The kernel that holds this layout is gone.", detail: "Run the cell again." });
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
    if (key === "Delete" || holder(slice)) send({ op: "remove", start: slice });
    else if (chosen) send({ op: "place", profile: chosen, start: slice });
  }

  let shown = state.status;
  function say(said) {
    shown = said;
    status.show(said);
  }

  function point(slice) {
    if (slice === null) {
      // A refusal stays, so that the pointer can reach the ways out that it offers.
      if (!shown.choices?.length) say(state.status);
      return;
    }
    const held = holder(slice);
    const verdict = profile() && state.verdicts[chosen][slice];
    if (held) say({ kind: "info", headline: `${held.profile} holds memory ${span(held.start, held.size)}.`, detail: held.facts, way_out: "A click, Enter or Delete removes it." });
    else if (verdict?.ok) say({ kind: "info", headline: `${chosen} fits at memory slice ${slice}.`, detail: "A click or Enter places it." });
    else if (verdict) say({ kind: "bad", ...verdict });
  }

  function paint() {
    const { has_mig: hasMig, statement: words } = state.board;
    if (!state.profiles.some((each) => each.name === chosen)) chosen = state.profiles[0]?.name ?? null;
    main.classList.toggle("alone", !hasMig);
    for (const part of [palette.node, board.node, table.node, commands.node]) part.hidden = !hasMig;
    statement.hidden = hasMig;
    statement.textContent = words;
    header.update(state);
    palette.update(state, chosen);
    if (hasMig) board.update(state, profile());
    table.update(state);
    commands.update(state);
    say(state.status);
  }

  const changed = () => { state = model.get("state"); paint(); };
  model.on("change:state", changed);
  // The board has its own keys; JupyterLab's must not act on the notebook while they are used.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const sized = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width > 0) requestAnimationFrame(() => board.resize(width));
  });
  sized.observe(board.node);
  paint();
  el.append(root);
  return () => { sized.disconnect(); model.off("change:state", changed); };
}

export default { render };
