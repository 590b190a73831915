// Where things lie on the board: pure geometry, in pixels, for a board of any number of slices.
const LETTER = 0.62;
const MOST_LINES = 3;
const PIECE = { top: 27, side: 5 };

/** Complete the measures of a board: left, top, gap, between, radius, the rows' heights, columns, span, width. */
export function measured(measures) {
  const shape = { ...measures };
  shape.column = (shape.width - shape.left - (shape.columns - 1) * shape.gap - shape.right) / shape.columns;
  shape.memoryTop = shape.top + shape.computeHeight + shape.between;
  shape.bottom = shape.memoryTop + shape.memoryHeight;
  shape.height = shape.bottom + 4;
  shape.x = (column) => shape.left + column * (shape.column + shape.gap);
  shape.across = (columns) => columns * shape.column + (columns - 1) * shape.gap;
  return shape;
}

/** The measures of a board drawn `width` pixels wide. */
export function shapeOf(board, width) {
  const narrow = width < 640;
  return measured({
    narrow, width, left: narrow ? 82 : 96, right: 2, top: 24, gap: narrow ? 4 : 6, between: 8, radius: 6,
    computeHeight: 52, memoryHeight: 46, columns: board.columns, span: board.span, computeColumns: board.compute * board.span,
    nameSize: narrow ? 12 : 14, lineSize: narrow ? 11 : 12,
  });
}

/** How many columns a profile at a start covers in each row, cut off at the edges of the board. */
export function columnsOf(shape, start, computeSlices, memorySlices) {
  const within = (wanted, end) => Math.max(0, Math.min(wanted, end - start));
  const memory = within(memorySlices, shape.columns);
  return { memory, compute: Math.min(memory, within(computeSlices * shape.span, shape.computeColumns)) };
}

/** The path around an instance: compute slices above, memory slices below, one outline. */
export function outline(shape, start, columns, inset = 0) {
  const r = shape.radius - inset / 2;
  const left = shape.x(start) + inset;
  const right = shape.x(start) + shape.across(columns.memory) - inset;
  const bottom = shape.bottom - inset;
  const arc = (x, y, sweep = 1) => `a${r},${r} 0 0 ${sweep} ${x * r},${y * r}`;
  const around = `V${bottom - r}${arc(-1, 1)}H${left + r}${arc(-1, -1)}`;
  if (!columns.compute) {
    const top = shape.memoryTop + inset;
    return `M${left + r},${top}H${right - r}${arc(1, 1)}${around}V${top + r}${arc(1, -1)}z`;
  }
  const top = shape.top + inset;
  const inner = shape.x(start) + shape.across(columns.compute) - inset;
  const shoulder = shape.memoryTop + inset;
  const step = columns.compute < columns.memory ? `V${shoulder - r}${arc(1, 1, 0)}H${right - r}${arc(1, 1)}` : "";
  return `M${left + r},${top}H${inner - r}${arc(1, 1)}${step}${around}V${top + r}${arc(1, -1)}z`;
}

/** Where a compute instance lies in its GPU instance: `from` and `size` count the GPU instance's compute slices. */
export function pieceBox(shape, start, from, size) {
  return {
    x: shape.x(start + from * shape.span) + PIECE.side, y: shape.top + PIECE.top,
    width: shape.across(size * shape.span) - 2 * PIECE.side, height: shape.computeHeight - PIECE.top - PIECE.side,
  };
}

/** Whether a text is likely to fit on a line of this width. */
export function fits(text, size, width) {
  return text.length * size * LETTER <= width;
}

/** A profile's name, broken before its "+" where there is no room for all of it. */
export function nameLines(name, size, width) {
  const plus = name.indexOf("+");
  return plus < 0 || fits(name, size, width) ? [name] : [name.slice(0, plus), name.slice(plus)];
}

/** Facts on one line if they fit, else one a line, else each broken in two; what is too much is left out. */
export function factLines(facts, size, width) {
  const joined = facts.join(" · ");
  if (fits(joined, size * 0.93, width)) return [joined];
  const lines = [];
  for (const fact of facts) {
    const space = fact.lastIndexOf(" ");
    const parts = space < 0 || fits(fact, size * 0.93, width) ? [fact] : [fact.slice(0, space), fact.slice(space + 1)];
    if (lines.length + parts.length > MOST_LINES) break;
    lines.push(...parts);
  }
  return lines;
}
