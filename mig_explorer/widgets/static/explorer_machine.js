// A line on the GPU of this machine that the layout was read from.
import { h } from "./dom.js";

/** Make the line. `back()` is called to return to what the GPU holds. */
export function makeMachine({ back }) {
  const words = h("p", {});
  const button = h("button", { type: "button", class: "mig-btn" }, "Show what it holds");
  const node = h("div", { class: "mig-machine" }, words, button);
  button.addEventListener("click", back);
  return {
    node,
    update({ machine }) {
      node.hidden = !machine;
      if (!machine) return;
      node.title = machine.title;
      words.replaceChildren(h("b", {}, machine.headline), ` ${machine.detail}`);
      button.hidden = !machine.back;
    },
  };
}
