// The line under the board: what happened, what would happen, the ways out of a refusal, the ways to divide.
import { h } from "./dom.js";

function button(label, data, attributes = {}) {
  const node = h("button", { type: "button", class: "mig-btn", ...attributes }, label);
  Object.assign(node.dataset, data);
  return node;
}

/**
 * Make the line. `take(profile, start, choice)` is called for a way out that is taken, `divide(start, into)` for a way
 * to divide an instance, `leave()` when the button that had the focus is gone.
 */
export function makeStatus({ take, divide, leave }) {
  const words = h("p", { role: "status", "aria-live": "polite" });
  const offers = h("div", { class: "mig-offers" });
  const node = h("div", { class: "mig-status mig-says" }, words, offers);
  let shown = "";

  offers.addEventListener("click", (event) => {
    const chosen = event.target.closest("button")?.dataset;
    if (!chosen) return;
    if (chosen.into === undefined) take(chosen.profile, Number(chosen.start), Number(chosen.choice));
    else divide(Number(chosen.start), chosen.into);
  });

  function ways(said, instance) {
    if (said.choices?.length) return said.choices.map((label, choice) => button(label, { profile: said.profile, start: said.start, choice }));
    if (!instance?.divisions.length) return [];
    const buttons = instance.divisions.map(({ into, label, on }) => button(label, { start: instance.start, into }, { "aria-pressed": String(on) }));
    return [h("div", { class: "mig-offers", role: "group", "aria-label": `Compute instances of ${instance.name}` },
      h("span", { class: "mig-muted" }, "Compute instances:"), ...buttons)];
  }

  return {
    node,
    /** Say something; `instance` is the one whose divisions are offered with it. */
    show(said, instance) {
      const next = JSON.stringify([said, instance?.name, instance?.divisions]);
      if (next === shown) return;
      shown = next;
      const focused = offers.contains(document.activeElement) ? document.activeElement.dataset.into ?? null : undefined;
      node.classList.toggle("bad", said.kind === "bad");
      node.classList.toggle("good", said.kind === "good");
      const rest = [said.detail, said.way_out].filter(Boolean).join(" ");
      words.replaceChildren(h("b", {}, said.headline), rest ? ` ${rest}` : "");
      offers.replaceChildren(...ways(said, instance));
      if (focused === undefined) return;
      const again = [...offers.querySelectorAll("button")].find((each) => each.dataset.into === focused);
      if (again) again.focus({ preventScroll: true }); else leave();
    },
  };
}
