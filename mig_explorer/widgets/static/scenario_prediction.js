// Predict, then reveal: figures stay hidden until a choice is made, or nobody wants to make one.
import { h } from "./dom.js";
import { write } from "./words.js";

let made = 0;

export class Prediction {
  constructor(plan, { commit, reveal, again }) {
    const name = `mig-scenario-prediction-${(made += 1)}`;
    this.inputs = plan.choices.map((choice, index) => h("input", { type: "radio", name, value: choice, id: `${name}-${index}` }));
    const labels = plan.choices.map((choice, index) => h("label", { for: `${name}-${index}`, class: "mig-scenario-choice" }, this.inputs[index], h("span", {}, choice)));
    this.commit = h("button", { type: "button", class: "mig-btn mig-scenario-main", disabled: true }, "Commit and see");
    const without = h("button", { type: "button", class: "mig-btn" }, "Show without predicting");
    this.form = h(
      "div",
      { class: "mig-scenario-predict" },
      h("fieldset", {}, h("legend", {}, h("span", { class: "mig-scenario-step" }, "Predict first"), plan.question), h("div", { class: "mig-scenario-choices" }, ...labels)),
      h("div", { class: "mig-scenario-buttons" }, this.commit, without),
    );
    this.said = h("span", {});
    this.result = h("span", {});
    const redo = h("button", { type: "button", class: "mig-btn" }, "Hide and predict again");
    this.after = h("div", { class: "mig-scenario-after" }, h("p", { role: "status" }, h("span", { class: "mig-muted" }, plan.question, " "), this.said, this.result), redo);
    this.root = h("div", { class: "mig-scenario-prediction" }, this.form, this.after);
    for (const input of this.inputs) input.addEventListener("change", () => (this.commit.disabled = false));
    this.commit.addEventListener("click", () => {
      this.#moved = true;
      commit(this.inputs.find((input) => input.checked).value);
    });
    without.addEventListener("click", () => {
      this.#moved = true;
      reveal();
    });
    redo.addEventListener("click", () => {
      this.#moved = true;
      again();
    });
    this.redo = redo;
  }

  // Whether a button here was just pressed: the one that has the focus is about to disappear.
  #moved = false;

  show({ revealed, prediction, found }) {
    const before = this.after.hidden;
    this.form.hidden = revealed;
    this.after.hidden = !revealed;
    if (!revealed && before === false) {
      for (const input of this.inputs) input.checked = false;
      this.commit.disabled = true;
    }
    if (this.#moved && before === revealed) {
      this.#moved = false;
      (revealed ? this.redo : this.inputs[0]).focus({ preventScroll: true });
    }
    const right = found?.right_choice;
    write(this.said, prediction === null ? "" : `You predicted: ${prediction}. `);
    const sign = prediction === null || !right ? "" : prediction === right ? "✓ " : "✗ ";
    write(this.result, right ? `${sign}With these settings it is: ${right}.` : "");
    this.result.className = sign ? (prediction === right ? "mig-scenario-right" : "mig-scenario-wrong") : "mig-scenario-came";
  }
}
