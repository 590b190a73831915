// A GPU in small: compute slices over memory slices, lit while a request runs on them.
import { s } from "./dom.js";

const PITCH = 17;
const WIDTH = 15;

export class Chip {
  constructor(mode, board) {
    this.lit = [];
    this.parts = mode.slices.map(() => []);
    const wide = Math.max(board.compute * board.memory_per_compute, board.memory, 1);
    const owner = (kind, index) => mode.slices.findIndex((slice) => slice[kind].includes(index));
    const nodes = [];
    const add = (kind, index, geometry) => {
      const of = board.memory ? owner(kind, index) : 0;
      const node = s("rect", { ...geometry, rx: 3, class: of < 0 ? "mig-chip-free" : "mig-chip-idle" });
      if (of >= 0) this.parts[of].push(node);
      nodes.push(node);
    };
    const span = board.memory_per_compute;
    for (let i = 0; i < board.compute; i++) {
      add("compute", i, { x: i * PITCH * span, y: 0, width: PITCH * span - 2, height: 26 });
    }
    for (let i = 0; i < board.memory; i++) add("memory", i, { x: i * PITCH, y: 30, width: WIDTH, height: 16 });
    if (!board.memory) add("memory", 0, { x: 0, y: 0, width: PITCH * 7, height: 46 });
    const room = board.memory ? wide : 7;
    this.root = s("svg", { viewBox: `0 0 ${room * PITCH} 47`, width: Math.min(150, room * 14.75), "aria-hidden": "true" }, ...nodes);
  }

  /** `colours`: one a slice, null for a slice where nothing runs. */
  show(colours) {
    colours.forEach((colour, slice) => {
      if (this.lit[slice] === colour) return;
      this.lit[slice] = colour;
      for (const node of this.parts[slice]) node.style.fill = colour ?? "";
    });
  }
}
