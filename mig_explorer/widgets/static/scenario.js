// A scenario: a claim, a prediction, controls, a verdict with its figures, charts, tables and files.
import { h, ownKeys } from "./dom.js";
import { Charts } from "./scenario_charts.js";
import { Controls } from "./scenario_controls.js";
import { Found } from "./scenario_found.js";
import { Prediction } from "./scenario_prediction.js";
import { Wishes } from "./scenario_wishes.js";
import { vegaLibrary } from "./vega_library.js";

function panel(model) {
  const plan = model.get("plan");
  const working = h("p", { class: "mig-muted mig-scenario-working", hidden: true }, "The kernel is at work…");
  const problem = h("div", { class: "mig-scenario-problem", role: "alert" });
  const results = h("div", { class: "mig-scenario-results" });
  const waiting = (is) => {
    working.hidden = !is;
    results.classList.toggle("late", is);
    results.setAttribute("aria-busy", String(is));
  };
  const wishes = new Wishes(model, waiting);
  const controls = new Controls(plan.controls, (change) => wishes.ask(change));
  const prediction = new Prediction(plan, {
    commit: (choice) => wishes.now({ kind: "predict", choice }),
    reveal: () => wishes.now({ kind: "reveal" }),
    again: () => wishes.now({ kind: "hide" }),
  });
  const charts = new Charts();
  const found = new Found(charts, () => model.send({ kind: "report" }));
  results.append(found.root);
  const card = h(
    "div",
    { class: "mig-card" },
    h("div", { class: "mig-bar mig-scenario-top" }, h("h1", {}, plan.heading), h("p", { class: "mig-scenario-claim" }, h("b", {}, "Claim: "), plan.claim)),
    controls.root,
    prediction.root,
    working,
    problem,
    results,
  );
  const show = () => {
    const shown = model.get("shown");
    wishes.answered(shown.serial);
    controls.show(shown.settings, wishes.idle && !shown.problem);
    prediction.show(shown);
    if (problem.dataset.said !== shown.problem) {
      problem.dataset.said = shown.problem;
      problem.replaceChildren(...(shown.problem ? [h("div", { class: "mig-status bad" }, shown.problem, shown.found ? " What was there before is shown below." : "")] : []));
    }
    results.hidden = !shown.found;
    results.classList.toggle("stale", Boolean(shown.problem));
    if (shown.found) found.show(shown.found);
    card.dataset.serial = shown.serial;
  };
  const hear = (message, buffers) => found.hear(message, buffers);
  model.on("change:shown", show);
  model.on("msg:custom", hear);
  show();
  vegaLibrary(model).then((library) => charts.open(library), (error) => charts.fail(error.message));
  return {
    card,
    close() {
      model.off("change:shown", show);
      model.off("msg:custom", hear);
      wishes.close();
      charts.close();
    },
  };
}

function render({ model, el }) {
  const root = ownKeys(h("div", { class: "mig mig-scenario", role: "group", "aria-label": model.get("plan").heading }));
  el.append(root);
  const shown = panel(model);
  root.append(shown.card);
  return () => shown.close();
}

export default { render };
