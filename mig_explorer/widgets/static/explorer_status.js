// The line under the board: what happened, what would happen, and the ways out of a refusal.
import { h } from "./dom.js";

/** Make the line. `take(profile, start, choice)` is called for a way out that is taken. */
export function makeStatus({ take }) {
  const words = h("p", { role: "status", "aria-live": "polite" });
  const offers = h("div", { class: "mig-offers" });
  const node = h("div", { class: "mig-status mig-says" }, words, offers);
  let shown = "";

  offers.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) take(button.dataset.profile, Number(button.dataset.start), Number(button.dataset.choice));
  });

  return {
    node,
    show(said) {
      const next = JSON.stringify(said);
      if (next === shown) return;
      shown = next;
      node.classList.toggle("bad", said.kind === "bad");
      node.classList.toggle("good", said.kind === "good");
      const rest = [said.detail, said.way_out].filter(Boolean).join(" ");
      words.replaceChildren(h("b", {}, said.headline), rest ? ` ${rest}` : "");
      offers.replaceChildren(...(said.choices ?? []).map((label, choice) =>
        h("button", { type: "button", class: "mig-btn", "data-profile": said.profile, "data-start": said.start, "data-choice": choice }, label)));
    },
  };
}
