// Below the board: what each instance has, and the commands that make the layout and undo it.
import { h } from "./dom.js";

function cell({ value, of, title }) {
  const share = of === undefined ? null : h("span", { class: "mig-of" }, `of ${of}`);
  return h("td", { title: title || null, class: value === "unknown" ? "mig-muted" : null }, value, share);
}

function column({ text, unit, title }) {
  return h("th", { scope: "col", title }, text, h("span", { class: "mig-unit" }, unit));
}

/** Make the table of instances. */
export function makeTable() {
  const head = h("thead"), body = h("tbody"), foot = h("tfoot"), badges = h("div", { class: "mig-badges" });
  const grid = h("div", { class: "mig-table-frame" }, h("table", { class: "mig-table mig-num" }, head, body, foot));
  const nothing = h("p", { class: "mig-muted mig-nothing" }, "No instance yet: what each one holds is listed here.");
  const node = h("div", { class: "mig-sec" }, grid, nothing, badges);
  let drawn = "";
  return {
    node,
    update({ table }) {
      const next = JSON.stringify(table);
      if (next === drawn || !table) return;
      drawn = next;
      grid.hidden = table.rows.length === 0;
      nothing.hidden = table.rows.length > 0;
      head.replaceChildren(h("tr", {}, h("th", { scope: "col" }, "Instance"), ...table.head.map(column)));
      body.replaceChildren(...table.rows.map((row) => h("tr", { "data-instance": row.name },
        h("td", {}, h("span", { class: "mig-dot", style: `background:${row.colour}` }), h("b", {}, row.label)), ...row.cells.map(cell))));
      foot.replaceChildren(...(table.total ? [h("tr", { title: table.total.title }, h("td", {}, table.total.label), ...table.total.cells.map(cell))] : []));
      badges.replaceChildren(...table.badges.map((each) => h("span", { class: "mig-badge", title: each.title }, each.text)));
    },
  };
}

async function copied(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  }
}

function script(title) {
  const code = h("pre", { tabindex: 0, "aria-label": title });
  const copy = h("button", { type: "button", class: "mig-btn", "aria-label": `Copy: ${title}` }, "Copy");
  let back = 0;
  copy.addEventListener("click", async () => {
    const done = await copied(code.textContent, code);
    copy.textContent = done ? "Copied" : "Selected: press Ctrl+C";
    clearTimeout(back);
    back = setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  return { code, node: h("div", { class: "mig-script" }, h("div", { class: "mig-script-head" }, h("h2", { class: "mig-h2" }, title), copy), code) };
}

/** The text of commands, which may break into lines after a comma and nowhere else inside a word. */
function breakable(text) {
  return text.split(/(?<=,)/).flatMap((part) => [part, h("wbr")]);
}

/** Make the commands. */
export function makeCommands() {
  const create = script("nvidia-smi: make this layout"), undo = script("nvidia-smi: undo it");
  const scripts = h("div", { class: "mig-scripts" }, create.node, undo.node);
  const notes = h("ul", { class: "mig-notes mig-muted" });
  const node = h("div", { class: "mig-sec" }, scripts, notes);
  return {
    node,
    update({ commands }) {
      scripts.hidden = !commands.create;
      if (create.code.textContent !== commands.create) create.code.replaceChildren(...breakable(commands.create));
      if (undo.code.textContent !== commands.undo) undo.code.replaceChildren(...breakable(commands.undo));
      notes.replaceChildren(...commands.notes.map((each) => h("li", {}, each)));
    },
  };
}
