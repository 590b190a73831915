// What can be turned: numbers by slider or by typing, choices by a list.
import { h } from "./dom.js";

let made = 0;
const fresh = () => `mig-scenario-control-${(made += 1)}`;

class NumberControl {
  constructor(plan, ask) {
    const id = fresh();
    const ends = { min: plan.low, max: plan.high, step: plan.step };
    const unit = plan.unit ? ` ${plan.unit}` : "";
    this.slider = h("input", { type: "range", class: "mig-scenario-slider", id, ...ends });
    // Python says what is wrong with a number out of range: the field takes any.
    this.field = h("input", { type: "number", class: "mig-scenario-field mig-num", step: "any", "aria-label": `${plan.label}${unit}, as a number` });
    this.unit = unit;
    this.plan = plan;
    this.root = h(
      "div",
      { class: "mig-scenario-control" },
      h("label", { for: id }, plan.label),
      h("div", { class: "mig-scenario-row" }, this.slider, this.field, plan.unit ? h("span", { class: "mig-muted" }, plan.unit) : null),
    );
    this.slider.addEventListener("input", () => {
      this.field.value = this.slider.value;
      this.#paint();
      ask({ [plan.name]: this.slider.valueAsNumber });
    });
    const typed = () => {
      const value = this.field.valueAsNumber;
      if (!Number.isFinite(value)) return;
      this.slider.value = value;
      this.#paint();
      ask({ [plan.name]: value });
    };
    this.field.addEventListener("change", typed);
    // In a cell of JupyterLab, Enter makes no change event.
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") typed();
    });
  }

  show(value, settled) {
    if (!settled) return;
    this.slider.value = value;
    if (document.activeElement !== this.field || this.field.valueAsNumber !== value) this.field.value = value;
    this.#paint();
  }

  #paint() {
    const { low, high } = this.plan;
    const at = high > low ? (this.slider.valueAsNumber - low) / (high - low) : 0;
    this.slider.style.setProperty("--done", `${100 * at}%`);
    this.slider.setAttribute("aria-valuetext", `${this.slider.value}${this.unit}`);
  }
}

class ChoiceControl {
  constructor(plan, ask) {
    const id = fresh();
    this.select = h("select", { class: "mig-select", id }, ...plan.options.map((option) => h("option", { value: option }, option)));
    this.root = h("div", { class: "mig-scenario-control" }, h("label", { for: id }, plan.label), this.select);
    this.select.addEventListener("change", () => ask({ [plan.name]: this.select.value }));
  }

  show(value, settled) {
    if (settled) this.select.value = value;
  }
}

export class Controls {
  constructor(plans, ask) {
    this.parts = plans.map((plan) => [plan.name, plan.kind === "number" ? new NumberControl(plan, ask) : new ChoiceControl(plan, ask)]);
    this.root = h("div", { class: "mig-scenario-controls", role: "group", "aria-label": "Settings" }, ...this.parts.map(([, part]) => part.root));
    this.root.hidden = plans.length === 0;
  }

  /** `settled`: nothing is being moved and nothing is refused, so controls may be put where Python says. */
  show(settings, settled) {
    for (const [name, part] of this.parts) part.show(settings[name], settled);
  }
}
