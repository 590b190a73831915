// Where things lie on the board: pure geometry, in pixels, for a board of any number of slices.
const LETTER = 0.62;

/** The measures of a board drawn `width` pixels wide. */
export function shapeOf(board, width) {
  const narrow = width < 640;
  const shape = {
    narrow, width, left: narrow ? 82 : 96, top: 24, gap: narrow ? 4 : 6, between: 8, radius: 6,
    computeHeight: 52, memoryHeight: 46, columns: board.columns, span: board.span, computeColumns: board.compute * board.span,
    nameSize: narrow ? 12 : 14, lineSize: narrow ? 11 : 12,
  };
  shape.column = (width - shape.left - (shape.columns - 1) * shape.gap - 2) / shape.columns;
  shape.memoryTop = shape.top + shape.computeHeight + shape.between;
  shape.bottom = shape.memoryTop + shape.memoryHeight;
  shape.height = shape.bottom + 4;
  shape.x = (column) => shape.left + column * (shape.column + shape.gap);
  shape.across = (columns) => columns * shape.column + (columns - 1) * shape.gap;
  return shape;
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

/** Whether a text is likely to fit on a line of this width. */
export function fits(text, size, width) {
  return text.length * size * LETTER <= width;
}

/** A profile's name, broken before its "+" where there is no room for all of it. */
export function nameLines(name, size, width) {
  const plus = name.indexOf("+");
  return plus < 0 || fits(name, size, width) ? [name] : [name.slice(0, plus), name.slice(plus)];
}

/** The facts of an instance on one line if they fit, else one below the other. */
export function factLines(lines, size, width) {
  const joined = lines.join(" · ");
  return fits(joined, size * 0.93, width) ? [joined] : lines;
}
