// One instance on the board: its outline, its name, its compute instances and what it holds.
import { s } from "./dom.js";
import { columnsOf, factLines, fits, nameLines, outline, pieceBox } from "./explorer_shape.js";

const SMALL = 11;

export function text(x, y, size, content, attributes = {}) {
  return s("text", { x, y, "font-size": size, ...attributes }, content);
}

/** Text in a shape: in the middle of a narrow one, else from its left edge. */
export function words(x, across, middle, y, size, content, attributes) {
  return middle
    ? text(x + across / 2, y, size, content, { ...attributes, "text-anchor": "middle" })
    : text(x + 9, y, size, content, attributes);
}

function piece(shape, each, { start, size, name, short }) {
  const box = pieceBox(shape, each.start, start, size);
  const label = name && fits(name, SMALL, box.width - 4) ? name : short;
  return s("g", { class: name ? "mig-piece" : "mig-piece idle" },
    s("rect", { ...box, rx: 4, style: `stroke:${each.ink}` }),
    label ? text(box.x + box.width / 2, box.y + box.height / 2 + 4, SMALL, label, { style: `fill:${each.ink}`, "text-anchor": "middle" }) : null);
}

/** Draw an instance of the state on a board of this shape. */
export function makeBlock(shape, each) {
  const columns = columnsOf(shape, each.start, each.compute, each.size);
  const x = shape.x(each.start);
  const [over, under] = [shape.across(columns.compute), shape.across(columns.memory)];
  const middle = columns.memory === 1 && shape.columns > 2;
  const ink = { style: `fill:${each.ink}` };
  const names = nameLines(each.profile, shape.nameSize, over - 12);
  const roomy = names.every((name) => fits(name, shape.nameSize, over - (middle ? 50 : 32)));
  const lines = factLines(each.lines, shape.lineSize, under - (middle ? 4 : 16));
  const divided = each.pieces.length > 0 || each.idle.length > 0;
  const idle = divided ? each.idle.map((start) => ({ start, size: 1, name: "", short: "" })) : [];
  return s("g", { class: "mig-block", "data-instance": each.name },
    s("path", { d: outline(shape, each.start, columns), fill: each.colour }),
    s("path", { d: outline(shape, each.start, columns, 2), class: "mig-block-edge", style: `stroke:${each.ink}` }),
    ...names.map((name, line) => words(x, over, middle, shape.top + 20 + 15 * line, shape.nameSize, name, { ...ink, class: "mig-name" })),
    ...[...each.pieces, ...idle].map((one) => piece(shape, each, one)),
    ...lines.map((line, at) => words(x, under, middle, shape.bottom - 10 - 14 * (lines.length - 1 - at), shape.lineSize, line, ink)),
    roomy ? text(x + over - 9, shape.top + 19, 15, "\u00d7", { ...ink, class: "mig-remove" }) : null);
}
