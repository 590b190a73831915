// Play, pause, step, speed and scrub; all of it by keyboard too.
import { h } from "./dom.js";
import { figure, write } from "./words.js";

const SPEEDS = [
  [0.25, "¼×", "a quarter of the speed"],
  [0.5, "½×", "half the speed"],
  [1, "1×", "normal speed"],
  [2, "2×", "twice the speed"],
  [4, "4×", "four times the speed"],
];
const STEPS = 400;

export function controls(playback, plan) {
  const button = (label, name, act) => {
    const node = h("button", { class: "mig-btn", type: "button", "aria-label": name }, label);
    node.addEventListener("click", act);
    return node;
  };
  const play = button("Play", null, () => (playback.playing ? playback.pause() : playback.play()));
  const moments = [...new Set(plan.modes.flatMap((mode) => mode.requests.finished))].sort((a, b) => a - b);
  const step = button("Step", "Step to the end of the next request", () => playback.step(moments));
  const speeds = SPEEDS.map(([speed, label, name]) => button(label, name, () => playback.setSpeed(speed)));
  const range = { type: "range", min: 0, max: STEPS, step: 1, "aria-label": "Modelled time" };
  const scrub = h("input", { class: "mig-race-scrub", ...range });
  scrub.addEventListener("input", () => {
    const position = (scrub.valueAsNumber / STEPS) * playback.duration;
    if (playback.playing) playback.pause();
    playback.seek(position);
  });
  const clock = h("span", { class: "mig-race-clock mig-num mig-muted" });
  const { name, factor } = plan.unit;
  const total = figure(playback.duration * factor);

  playback.listen(() => {
    write(play, playback.playing ? "Pause" : playback.ended ? "Replay" : "Play");
    play.classList.toggle("on", playback.playing);
    step.disabled = playback.ended;
    speeds.forEach((node, index) => node.setAttribute("aria-pressed", String(SPEEDS[index][0] === playback.speed)));
    const share = Math.round((playback.position / playback.duration) * STEPS);
    if (scrub.valueAsNumber !== share) scrub.value = share;
    scrub.dataset.seconds = playback.position;
    scrub.style.setProperty("--done", `${(100 * share) / STEPS}%`);
    const decimals = (total.split(".")[1] ?? "").length;
    const now = (playback.position * factor).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    scrub.setAttribute("aria-valuetext", `${now} of ${total} ${name}`);
    write(clock, `${now} / ${total} ${name}`);
  });
  return h(
    "div",
    { class: "mig-bar mig-race-controls", role: "group", "aria-label": "Playback" },
    play,
    step,
    h("span", { class: "mig-race-speeds", role: "group", "aria-label": "Speed" }, ...speeds),
    scrub,
    clock,
  );
}
