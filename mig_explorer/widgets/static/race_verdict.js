// What came of the race, in words, once the playback and the kernels have both come to their end.
import { h } from "./dom.js";
import { paceWords } from "./words.js";

export class Verdict {
  #outcome = {};
  #ended = false;
  #shown = "";

  constructor(plan, replay) {
    this.plan = plan;
    this.replay = h("button", { class: "mig-btn", type: "button" }, "Replay");
    this.replay.addEventListener("click", replay);
    this.words = h("div", { class: "mig-race-words", role: "status", "aria-live": "polite" });
    this.failures = h("div", { class: "mig-race-failures", role: "alert" });
    this.root = h("div", { class: "mig-race-verdict" }, this.failures, this.words);
    this.#draw();
  }

  show(playback) {
    if (this.#ended === playback.ended) return;
    this.#ended = playback.ended;
    this.#draw();
  }

  conclude(outcome) {
    this.#outcome = outcome ?? {};
    this.failures.replaceChildren(...failureNodes(this.#outcome.failures));
    this.#draw();
  }

  #draw() {
    const { headline, detail } = this.#outcome;
    const { kernels } = this.plan;
    const waiting =
      !headline && kernels
        ? "The verdict comes when every kernel result is checked and the playback has reached its end."
        : `${kernels ? "Every kernel has reported. " : ""}The verdict appears when the playback reaches its end.`;
    const state = headline && this.#ended ? headline + detail : waiting;
    if (state === this.#shown) return;
    this.#shown = state;
    if (!headline || !this.#ended) {
      this.words.replaceChildren(h("span", { class: "mig-muted" }, waiting));
      return;
    }
    this.words.replaceChildren(
      h("p", {}, h("b", {}, headline), " ", detail),
      h(
        "p",
        { class: "mig-race-terms mig-muted" },
        `${this.#outcome.terms} Shown ${paceWords(this.plan.pace)} at 1×.`,
        this.replay,
      ),
    );
  }
}

/** A box for each kernel that failed, or for a race that stopped. */
export function failureNodes(failures) {
  return (failures ?? []).map(({ headline, detail }) =>
    h("div", { class: "mig-status bad" }, h("b", {}, headline), " ", detail),
  );
}
