// Builds HTML and SVG nodes. Text only ever becomes text nodes, so no string from a
// layout, a device or a trace can turn into markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) throw new TypeError(`use addEventListener, not the attribute ${name}`);
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element: h("button", {class: "mig-btn"}, "Undo"). */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element: s("rect", {x: 0, y: 0, width: 10, height: 10}). */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Keeps JupyterLab's own keys (arrows, Enter, B, D D…) off whatever inside the root takes the focus.
 *
 * JupyterLab looks for this attribute only until its selector matches, and its selectors match the focused
 * element itself: on the root alone the attribute would not be seen. */
export function ownKeys(root) {
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  return root;
}
