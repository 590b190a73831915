// Numbers and text on the page; text is only written where it changed.

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A number with so many significant digits at least, no digit of a whole number lost: 1,720, 34.5, 0.62. */
export function figure(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const whole = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value)) + 1e-9) + 1;
  const decimals = Math.min(6, Math.max(0, digits - whole));
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** How the playback relates to the modelled time: "340 times slower". */
export function paceWords(pace) {
  const slower = pace >= 1;
  const ratio = slower ? pace : 1 / pace;
  if (ratio < 1.005) return "as fast as it happens";
  return `${Number(ratio.toPrecision(3)).toLocaleString("en")} times ${slower ? "slower" : "faster"}`;
}

/** How many of these sorted numbers are not greater than the limit. */
export function countUpTo(sorted, limit) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
