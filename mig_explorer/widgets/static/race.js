// The race: the same tenants on each sharing mode, side by side, over modelled time.
import { LiveChart } from "./chart.js";
import { h, ownKeys } from "./dom.js";
import { Lane } from "./lane.js";
import { Playback } from "./playback.js";
import { controls } from "./race_controls.js";
import { failureNodes, Verdict } from "./race_verdict.js";
import { vegaLibrary } from "./vega_library.js";
import { paceWords, write } from "./words.js";

function waitingRoom(model) {
  const words = h("div", { class: "mig-race-waiting mig-muted", role: "status" }, "The model is working out the requests…");
  const card = h("div", { class: "mig-card" }, words);
  const conclude = () => {
    const { failures } = model.get("outcome");
    if (failures?.length) card.replaceChildren(h("div", { class: "mig-race-verdict", role: "alert" }, ...failureNodes(failures)));
  };
  model.on("change:outcome", conclude);
  conclude();
  return { card, close: () => model.off("change:outcome", conclude) };
}

const badge = (words) => h("span", { class: "mig-badge mig-num" }, words);

function header(plan, timeBadge, kernelBadge) {
  return h(
    "div",
    { class: "mig-bar" },
    h("div", { class: "mig-race-title" }, h("h1", {}, plan.title), h("div", { class: "mig-muted" }, plan.workload)),
    h("div", { class: "mig-race-badges" }, timeBadge, kernelBadge, badge(`seed ${plan.seed}`), badge(plan.gpu)),
  );
}

function openCharts(model, charts) {
  vegaLibrary(model)
    .then((library) => Promise.all(charts.map((chart) => chart.open(library))))
    .catch((error) => charts.forEach((chart) => chart.fail(error.message)));
}

function racecourse(model, plan) {
  const playback = new Playback(plan.duration, plan.pace);
  const lanes = plan.modes.map((mode) => new Lane(mode, plan));
  const charts = plan.charts.map((chart) => new LiveChart(chart, plan));
  const verdict = new Verdict(plan, () => playback.play());
  const timeBadge = badge("");
  const kernelBadge = badge("");
  const card = h(
    "div",
    { class: "mig-card" },
    header(plan, timeBadge, kernelBadge),
    controls(playback, plan),
    ...lanes.map((lane) => lane.root),
    h("div", { class: "mig-race-charts" }, ...charts.map((chart) => chart.root)),
    verdict.root,
  );
  const showKernels = () => {
    const { words, states } = model.get("kernels");
    kernelBadge.textContent = words ?? "";
    lanes.forEach((lane, index) => lane.showKernels(states?.[index] ?? []));
  };
  const conclude = () => verdict.conclude(model.get("outcome"));
  model.on("change:kernels", showKernels);
  model.on("change:outcome", conclude);
  showKernels();
  conclude();
  playback.listen(({ position, pace, speed }) => {
    write(timeBadge, `time: ${plan.time}, shown ${paceWords(pace / speed)}`);
    for (const lane of lanes) lane.show(position);
    for (const chart of charts) chart.show(position);
    verdict.show(playback);
  });
  openCharts(model, charts);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) playback.play();
  return {
    card,
    close() {
      playback.stop();
      model.off("change:kernels", showKernels);
      model.off("change:outcome", conclude);
      for (const part of [...lanes, ...charts]) part.close();
    },
  };
}

function render({ model, el }) {
  const root = ownKeys(h("div", { class: "mig mig-race", role: "group", "aria-label": "Race" }));
  let shown;
  const draw = () => {
    shown?.close();
    const plan = model.get("plan");
    shown = plan.modes ? racecourse(model, plan) : waitingRoom(model);
    root.replaceChildren(shown.card);
  };
  model.on("change:plan", draw);
  el.append(root);
  draw();
  return () => {
    model.off("change:plan", draw);
    shown.close();
  };
}

export default { render };
