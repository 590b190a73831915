// The dashboard: tabs over widgets, each of which Python makes when it is first opened.
import { Tabs } from "./dashboard_tabs.js";
import { h, ownKeys } from "./dom.js";

const REFERENCE = "IPY_MODEL_";

/** A tab's panel: what can be done with it, and the widget in it once there is one. */
class Panel {
  #reference = "";
  #view = null;
  #closed = false;

  constructor(manager, { id, label, actions, empty }) {
    this.manager = manager;
    this.inside = h("div", { class: "mig-dashboard-inside" });
    this.empty = empty;
    this.actions = actions.length ? h("div", { class: "mig-dashboard-actions" }, ...actions) : null;
    this.waiting = h("p", { class: "mig-muted mig-dashboard-waiting" }, "The kernel is making this…");
    this.root = h("div", { role: "tabpanel", id, "aria-labelledby": label, tabindex: 0, hidden: true, class: "mig-dashboard-panel" }, this.actions, this.inside);
    this.inside.append(empty ?? this.waiting);
  }

  async show(reference) {
    if (!reference || reference === this.#reference) return;
    this.#reference = reference;
    try {
      const model = await this.manager.get_model(reference.slice(REFERENCE.length));
      const view = await this.manager.create_view(model);
      if (this.#closed || reference !== this.#reference) {
        view.remove();
        return;
      }
      this.#view?.remove();
      this.#view = view;
      this.inside.replaceChildren(view.el);
    } catch (error) {
      this.inside.replaceChildren(h("p", { class: "mig-status bad" }, `This cannot be shown: ${error.message}`));
    }
  }

  close() {
    this.#closed = true;
    this.#view?.remove();
  }
}

function act(label, send) {
  const button = h("button", { type: "button", class: "mig-btn" }, label);
  button.addEventListener("click", send);
  return button;
}

function hint(words, button) {
  return h("div", { class: "mig-dashboard-action" }, h("span", { class: "mig-muted" }, words), button);
}

function render({ model, el }) {
  const plan = model.get("plan");
  const ask = (kind, more) => model.send({ kind, ...more });
  const badge = h("span", { class: "mig-muted mig-dashboard-about" }, plan.about);
  const problem = h("div", { role: "alert", class: "mig-dashboard-problem" });
  const actions = {
    explorer: [hint("Laid out what you want?", act("Try this layout in What if", () => ask("layout-to-whatif")))],
    whatif: [hint("Seen enough of the model?", act("Race this experiment", () => ask("race-whatif")))],
    race: [hint(plan.race, act("Run a small race", () => ask("race")))],
  };
  const noRace = h("p", { class: "mig-muted mig-dashboard-waiting" }, "No race yet. Run the small one above, or hand over the experiment of What if.");
  const panels = new Map();
  const tabs = new Tabs(plan, (key) => {
    choose(key);
    ask("open", { tab: key });
  });
  for (const { key, tab, panel } of tabs.all) {
    panels.set(key, new Panel(model.widget_manager, { id: panel, label: tab.id, actions: actions[key] ?? [], empty: key === "race" ? noRace : null }));
  }
  const choose = (key) => {
    tabs.choose(key);
    for (const [each, panel] of panels) panel.root.hidden = each !== key;
  };
  const follow = () => {
    const made = model.get("panels");
    for (const [key, panel] of panels) panel.show(made[key]);
  };
  const show = () => {
    const shown = model.get("shown");
    choose(shown.chosen);
    problem.replaceChildren(...(shown.problem ? [h("div", { class: "mig-status bad" }, shown.problem)] : []));
    root.dataset.serial = shown.serial;
  };
  const root = ownKeys(
    h(
      "div",
      { class: "mig mig-dashboard", role: "group", "aria-label": "Dashboard" },
      h("div", { class: "mig-dashboard-head" }, h("h1", {}, "Sharing a GPU"), badge),
      tabs.root,
      problem,
      ...[...panels.values()].map((panel) => panel.root),
    ),
  );
  el.append(root);
  model.on("change:shown", show);
  model.on("change:panels", follow);
  follow();
  show();
  return () => {
    model.off("change:shown", show);
    model.off("change:panels", follow);
    for (const panel of panels.values()) panel.close();
  };
}

export default { render };
