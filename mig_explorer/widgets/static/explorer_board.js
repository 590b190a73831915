// The board: slots, instances, the ghost of the chosen profile, and the cells that take pointer and keys.
import { h, s } from "./dom.js";
import { makeBlock, text, words } from "./explorer_blocks.js";
import { columnsOf, fits, nameLines, outline, shapeOf } from "./explorer_shape.js";

let boards = 0;

/**
 * Make a board. `act(slice, key)` is called for a click, Enter, Delete or D, `point(slice)` when the pointer or the
 * focus comes to a memory slice (null: it left), `step(±1)` when the arrows ask for another profile.
 */
export function makeBoard({ act, point, step }) {
  const hatch = `mig-hatch-${(boards += 1)}`;
  const [slots, blocks, ghost] = ["slots", "blocks", "ghost"].map((name) => s("g", { class: `mig-${name}`, "aria-hidden": "true" }));
  const row = s("g", { role: "row" });
  const node = s("svg", { class: "mig-board", role: "grid" },
    s("defs", {}, s("pattern", { id: hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("path", { d: "M0,0V6", class: "mig-hatch-line" }))),
    slots, blocks, ghost, row);
  // Chromium lets the Tab key stop at an SVG element that listens for focus, so the frame listens instead.
  const frame = h("div", { class: "mig-board-frame" }, node);
  const drawn = new Map();
  let cells = [], shape = null, state = null, profile = null, width = 0, active = null, acted = null, current = 0, painted = "", pointed = true, hot;

  const holder = (slice) => state.instances.find((each) => each.start <= slice && slice < each.start + each.size);

  function paintSlots() {
    const { board, free, stranded } = state;
    const rows = [
      ["Compute", board.compute_note, shape.top, shape.computeHeight, shape.span, free.compute, stranded.compute],
      ["Memory", board.memory_note, shape.memoryTop, shape.memoryHeight, 1, free.memory, stranded.memory],
    ];
    slots.replaceChildren(...rows.flatMap(([title, note, y, height, span, open, lost]) => [
      text(0, y + height / 2 - 4, 12, title, { class: "mig-row-title" }),
      text(0, y + height / 2 + 12, shape.narrow ? 11 : 12, note, { class: "mig-quiet" }),
      ...open.flatMap((slice) => {
        const [x, across] = [shape.x(slice * span), shape.across(span)];
        const gone = lost.includes(slice);
        const slot = s("rect", { x, y, width: across, height, rx: shape.radius, class: gone ? "mig-stranded" : "mig-slot" });
        if (!gone) return [slot];
        slot.setAttribute("fill", `url(#${hatch})`);
        const label = fits("stranded", 10, across) ? "stranded" : "";
        return [slot, text(x + across / 2, y + height / 2 + 4, 11, label, { class: "mig-stranded-label" })];
      }),
    ]), text(0, shape.top - 9, shape.narrow ? 11 : 12, "Memory slice", { class: "mig-quiet" }), ...cells.map((_, slice) => text(shape.x(slice) + shape.column / 2, shape.top - 9, 12, String(slice), { class: "mig-index" })));
  }

  function paintBlocks() {
    const now = new Set(state.instances.map((each) => each.name));
    for (const [name, { group }] of drawn) if (!now.has(name)) { group.remove(); drawn.delete(name); }
    for (const each of state.instances) {
      const signature = JSON.stringify([each, width]);
      const before = drawn.get(each.name);
      if (before?.signature === signature) continue;
      const group = makeBlock(shape, each);
      if (before) before.group.replaceWith(group); else blocks.append(group);
      drawn.set(each.name, { group, signature });
    }
  }

  function paintGhost() {
    const held = active === null ? undefined : holder(active);
    for (const [name, { group }] of drawn) group.classList.toggle("hot", name === held?.name);
    if (active === null || held || !profile) { ghost.replaceChildren(); return; }
    const columns = columnsOf(shape, active, profile.compute, profile.memory);
    const possible = state.places[profile.name].includes(active);
    const clear = Array.from({ length: columns.memory }, (_, at) => holder(active + at)).every((each) => !each);
    const y = columns.compute ? shape.top + 20 : shape.memoryTop + 19;
    const across = shape.across(columns.compute || columns.memory);
    ghost.setAttribute("class", `mig-ghost ${possible ? "possible" : "refused"}`);
    const names = nameLines(profile.name, shape.nameSize, across - 12);
    const legible = clear && names.every((name) => fits(name, shape.nameSize, across));
    ghost.replaceChildren(s("path", { d: outline(shape, active, columns, 1) }), ...(legible ? names : [])
      .map((name, line) => words(shape.x(active), across, columns.memory === 1, y + 15 * line, shape.nameSize, name, { class: "mig-name" })));
  }

  function paintCells() {
    if (cells.length !== shape.columns) {
      cells = Array.from({ length: shape.columns }, (_, slice) =>
        s("rect", { role: "gridcell", class: "mig-cell", rx: 8, "data-slice": slice, tabindex: slice ? -1 : 0 }));
      row.replaceChildren(...cells);
      current = 0;
    }
    for (const [slice, cell] of cells.entries()) {
      const held = holder(slice);
      const free = state.stranded.memory.includes(slice) ? "free but stranded" : "free";
      const inside = held?.pieces.length ? `, divided into ${held.pieces.map((each) => each.name).join(" and ")}` : "";
      cell.setAttribute("aria-label", `memory slice ${slice}, ${held ? `held by ${held.profile} at start ${held.start}${inside}` : free}`);
      cell.setAttribute("aria-selected", String(Boolean(held)));
    }
  }

  function placeCells() {
    for (const [slice, cell] of cells.entries()) {
      const box = { x: shape.x(slice) - shape.gap / 2, y: shape.top - 3, width: shape.column + shape.gap, height: shape.bottom - shape.top + 6 };
      for (const [name, value] of Object.entries(box)) cell.setAttribute(name, value);
    }
  }

  function paint() {
    if (!state || !width) return;
    shape = shapeOf(state.board, width);
    const drawing = JSON.stringify([width, state.board]);
    paintCells();
    if (drawing !== painted) {
      painted = drawing;
      drawn.clear();
      blocks.replaceChildren();
      for (const [name, value] of Object.entries({ width, height: shape.height, viewBox: `0 0 ${width} ${shape.height}` })) node.setAttribute(name, value);
      node.setAttribute("aria-label", `${state.board.name}: memory slices under compute slices`);
      row.setAttribute("aria-label", "memory slices");
      placeCells();
    }
    paintSlots();
    paintBlocks();
    paintGhost();
  }

  function come(slice) {
    active = slice;
    paintGhost();
    point(slice);
  }

  function move(to) {
    const slice = Math.max(0, Math.min(cells.length - 1, to));
    cells[current].setAttribute("tabindex", -1);
    cells[slice].setAttribute("tabindex", 0);
    current = slice;
    cells[slice].focus({ preventScroll: true });
    come(slice);
  }

  function perform(key) {
    acted = current;
    act(current, key);
  }

  function change(by) {
    active ??= current;
    step(by);
  }

  const sliceOf = (event) => (event.target.dataset?.slice === undefined ? null : Number(event.target.dataset.slice));
  row.addEventListener("pointerover", (event) => { const slice = sliceOf(event); if (slice !== null && slice !== active) come(slice); });
  node.addEventListener("pointerleave", () => come(null));
  frame.addEventListener("focusin", (event) => { const slice = sliceOf(event); if (slice !== active && event.target.matches(":focus-visible")) come(slice); });
  frame.addEventListener("focusout", (event) => { if (!row.contains(event.relatedTarget)) come(null); });
  // A finger has not pointed before it taps: its first tap on an instance only says what it is.
  row.addEventListener("pointerdown", (event) => { pointed = event.pointerType !== "touch" || holder(sliceOf(event))?.name === hot; });
  row.addEventListener("click", (event) => {
    const slice = sliceOf(event);
    if (slice === null) return;
    move(slice);
    const name = holder(slice)?.name;
    hot = pointed || !name ? undefined : name;
    if (!hot) perform("click");
  });
  node.addEventListener("keydown", (event) => {
    const keys = {
      ArrowRight: () => move(current + 1), ArrowLeft: () => move(current - 1), Home: () => move(0), End: () => move(cells.length - 1),
      ArrowDown: () => change(1), ArrowUp: () => change(-1),
      Enter: () => perform("Enter"), " ": () => perform("Enter"),
      Delete: () => perform("Delete"), Backspace: () => perform("Delete"), d: () => perform("d"),
      Escape: () => { cells[current].blur(); node.closest("[tabindex]")?.focus({ preventScroll: true }); },
    };
    const key = event.key === "D" ? "d" : event.key;
    if (!Object.hasOwn(keys, key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[key]();
  });

  return {
    node: frame,
    update(next, chosen) {
      // Where something was just done, the ghost stays away until the pointer or the focus moves on.
      if (active === acted) active = null;
      [state, profile, acted] = [next, chosen, null];
      paint();
    },
    resize(to) { if (to !== width) { width = to; paint(); } },
    again() { if (active !== null) point(active); },
    focus() { cells[current]?.focus({ preventScroll: true }); },
    choose(chosen) { profile = chosen; if (shape) { paintGhost(); if (active !== null) point(active); } },
  };
}
