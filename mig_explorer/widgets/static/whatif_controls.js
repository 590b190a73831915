// Everything that can be turned: board, workload and size, tenants, load, layout, sharing modes.
import { h, s } from "./dom.js";
import { write } from "./words.js";

let made = 0;
const fresh = (name) => `mig-whatif-${name}-${(made += 1)}`;

/** A slider over a list of choices: what it says is the choice, never its number in the list. */
class Slider {
  constructor(name, ask) {
    const id = fresh("slider");
    this.input = h("input", { class: "mig-whatif-slider", type: "range", id, min: 0, step: 1 });
    this.label = h("label", { for: id }, name);
    // Only to be seen: the slider says the same, and an output element would be read out besides.
    this.value = h("span", { class: "mig-num mig-whatif-value", "aria-hidden": "true" });
    this.root = h("div", { class: "mig-whatif-control" }, h("div", { class: "mig-whatif-row" }, this.label, this.value), this.input);
    this.choices = [];
    this.input.addEventListener("input", () => {
      this.#say();
      ask(this.choices[this.input.valueAsNumber].value);
    });
  }

  /** `part`: a name, the choices with their values and words, which is taken, and whether there is a choice. */
  show(part, settled) {
    write(this.label, part.name);
    this.choices = part.choices;
    this.input.max = Math.max(0, part.choices.length - 1);
    this.input.disabled = part.choices.length < 2;
    if (settled || document.activeElement !== this.input) this.input.value = part.taken;
    this.#say();
  }

  #say() {
    const at = this.input.valueAsNumber;
    const words = this.choices[at]?.words ?? "";
    write(this.value, words);
    this.input.setAttribute("aria-valuetext", words);
    const most = Number(this.input.max);
    this.input.style.setProperty("--done", `${most ? (100 * at) / most : 0}%`);
  }
}

class Choice {
  constructor(name, ask) {
    const id = fresh("choice");
    this.select = h("select", { class: "mig-select", id });
    this.root = h("div", { class: "mig-whatif-control" }, h("label", { for: id }, name), this.select);
    this.select.addEventListener("change", () => ask(this.select.value));
    this.known = "";
  }

  show({ choices, taken }) {
    const known = JSON.stringify(choices);
    if (known !== this.known) {
      this.known = known;
      this.select.replaceChildren(...choices.map(({ value, words }) => h("option", { value }, words)));
    }
    this.select.value = taken;
  }
}

class LayoutChoice {
  constructor(ask) {
    const id = fresh("layout");
    const about = fresh("about");
    this.presets = h("div", { class: "mig-whatif-presets", role: "group", "aria-label": "Layouts to start from" });
    this.text = h("input", { class: "mig-whatif-text", type: "text", id, spellcheck: "false", autocomplete: "off", "aria-describedby": about });
    this.about = h("p", { class: "mig-muted", id: about });
    this.ask = ask;
    this.text.addEventListener("change", () => ask(this.text.value));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter") ask(this.text.value);
    });
    this.root = h("div", { class: "mig-whatif-layout" }, h("label", { for: id }, "MIG layout"), this.presets, this.text, this.about);
    this.known = "";
  }

  show({ presets, text, problem, note }) {
    const known = JSON.stringify(presets.map(({ title }) => title));
    if (known !== this.known) {
      this.known = known;
      this.buttons = presets.map(({ title, layout }) => {
        const button = h("button", { class: "mig-btn", type: "button" }, title);
        button.addEventListener("click", () => this.ask(layout));
        return button;
      });
      this.presets.replaceChildren(...this.buttons);
    }
    presets.forEach(({ on }, index) => this.buttons[index].setAttribute("aria-pressed", String(on)));
    // What was typed stays as long as the page says what is the matter with it.
    if (!problem && (this.shown !== text || document.activeElement !== this.text)) this.text.value = text;
    this.shown = text;
    this.text.setAttribute("aria-invalid", String(Boolean(problem)));
    write(this.about, problem || note);
    this.about.classList.toggle("mig-whatif-problem", Boolean(problem));
    const none = presets.length === 0;
    this.presets.hidden = none;
    this.text.hidden = none;
    this.root.firstChild.hidden = none;
  }
}

class ModeChoice {
  constructor(ask) {
    this.boxes = h("div", { class: "mig-whatif-modes" });
    this.root = h("fieldset", { class: "mig-whatif-fieldset" }, h("legend", {}, "Sharing modes"), this.boxes);
    this.ask = ask;
    this.known = "";
    this.inputs = [];
  }

  show(modes) {
    const known = JSON.stringify(modes.map(({ value, words, dash }) => [value, words, dash]));
    if (known !== this.known) {
      this.known = known;
      this.inputs = modes.map(({ value }) => h("input", { type: "checkbox", value, id: fresh("mode") }));
      this.boxes.replaceChildren(
        ...modes.map((mode, index) => {
          const line = s("line", { x1: 1, y1: 5, x2: 21, y2: 5, "stroke-width": 2.2, "stroke-dasharray": mode.dash.join(" ") });
          line.style.stroke = mode.colour;
          const sample = s("svg", { width: 22, height: 10, "aria-hidden": "true" }, line);
          return h("label", { for: this.inputs[index].id, title: mode.about }, this.inputs[index], sample, mode.words);
        }),
      );
      for (const input of this.inputs) {
        input.addEventListener("change", () => this.ask(this.inputs.filter((each) => each.checked).map((each) => each.value)));
      }
    }
    modes.forEach(({ on }, index) => (this.inputs[index].checked = on));
  }
}

export class Controls {
  constructor(ask) {
    const wish = (name) => (value) => ask({ [name]: value });
    this.board = new Choice("GPU", wish("gpu"));
    this.workload = new Choice("Workload", wish("workload"));
    this.size = new Slider("Size", wish("size"));
    this.tenants = new Slider("Tenants", wish("tenants"));
    this.load = new Slider("Load", wish("rate"));
    this.layout = new LayoutChoice(wish("layout"));
    this.modes = new ModeChoice(wish("modes"));
    this.root = h(
      "div",
      { class: "mig-whatif-controls", role: "group", "aria-label": "Settings" },
      h("div", { class: "mig-whatif-choices" }, this.board.root, this.workload.root),
      h("div", { class: "mig-whatif-sliders" }, this.tenants.root, this.load.root, this.size.root),
      h("div", { class: "mig-whatif-sharing" }, this.modes.root, this.layout.root),
    );
  }

  /** `settled`: nothing is being moved, so sliders may be put where Python says. */
  show(parts, settled) {
    for (const name of ["board", "workload"]) this[name].show(parts[name]);
    for (const name of ["tenants", "load", "size"]) this[name].show(parts[name], settled);
    this.layout.show(parts.layout);
    this.modes.show(parts.modes);
  }
}
