// One request of a warp to memory: its 32 lanes above, the sectors or banks that they want below.
import { h, s } from "./dom.js";

const PITCH = 10;
const SIDE = 8;
const TOP = 16;
const MOST_SECTORS = 32;
const WARP = 32;
const WIDTH = WARP * PITCH;

const plural = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
const middle = (place, count) => (WIDTH / count) * (place + 0.5);

/** Joins sectors side by side under the lanes; where there are more than fit, the first ones. */
function targets(access) {
  if (access.memory === "shared") {
    const turns = new Map(access.banks.map(({ bank, words }) => [bank, words]));
    return Array.from({ length: 32 }, (_, bank) => {
      const words = turns.get(bank) ?? [];
      return { name: `${bank}`, depth: words.length, lanes: words.flatMap((word) => word.lanes) };
    });
  }
  return access.sectors.slice(0, MOST_SECTORS).map(({ sector, lanes }) => ({ name: `${sector}`, depth: 1, lanes }));
}

function words(access) {
  const lanes = `${plural(access.lanes.length, "lane")} of a warp`;
  const verb = { load: "read", store: "write", atomic: "change" }[access.access];
  if (access.memory === "shared") {
    const turns = Math.max(0, ...access.banks.map((bank) => bank.words.length));
    return `${access.array}: ${lanes} ${verb} shared memory; the busiest bank gives ${plural(turns, "word")}, one a turn.`;
  }
  const moved = 32 * access.sectors.length;
  const share = Number(((100 * access.wanted_bytes) / moved).toPrecision(3));
  return `${access.array}: ${lanes} ${verb} ${plural(access.wanted_bytes, "byte")} of ${plural(access.sectors.length, "sector")} (${share} % of ${plural(moved, "byte")}).`;
}

/** A figure: the picture, and the same in words. */
export function accessFigure(access) {
  const below = targets(access);
  const active = new Set(access.lanes);
  const deepest = Math.max(1, ...below.map((target) => target.depth));
  const step = Math.min(SIDE, 96 / deepest);
  const floor = 72;
  const height = floor + deepest * step + 16;
  const lanes = Array.from({ length: WARP }, (_, lane) =>
    s("rect", { x: middle(lane, WARP) - SIDE / 2, y: TOP, width: SIDE, height: SIDE, rx: 2, class: active.has(lane) ? "lane" : "idle" }),
  );
  const joins = below.flatMap((target, place) =>
    target.lanes.map((lane) =>
      s("line", { x1: middle(lane, WARP), y1: TOP + SIDE, x2: middle(place, below.length), y2: floor, class: target.depth > 1 ? "conflict" : "join" }),
    ),
  );
  const width = Math.min(SIDE * 4, WIDTH / below.length - 3);
  const boxes = below.flatMap((target, place) =>
    Array.from({ length: Math.max(1, target.depth) }, (_, turn) =>
      s("rect", {
        x: middle(place, below.length) - width / 2, y: floor + turn * step, width, height: Math.max(1, step - 1), rx: 2,
        class: target.depth === 0 ? "idle" : turn > 0 ? "again" : "target",
      }),
    ),
  );
  const shared = access.memory === "shared";
  const more = shared ? 0 : access.sectors.length - below.length;
  const sizes = shared ? "banks 0 to 31, one box a word" : `sectors of 32 bytes${more > 0 ? `, and ${plural(more, "sector")} more` : ""}`;
  const text = words(access);
  const svg = s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": text, class: "mig-report-access" },
    s("text", { x: 1, y: 11 }, "lanes 0 to 31"),
    ...joins, ...lanes, ...boxes,
    s("text", { x: 1, y: height - 3 }, sizes),
  );
  return h("figure", {}, svg, h("figcaption", { class: "mig-muted" }, text));
}
