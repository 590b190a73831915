// Below the board: what each instance has, and under a divided one its compute instances.
import { h } from "./dom.js";

function cell({ value, of, title }) {
  const share = of === undefined ? null : h("span", { class: of === "unknown" ? "mig-of wraps" : "mig-of" }, `of ${of}`);
  return h("td", { title: title || null, class: value === "unknown" ? "mig-muted" : null }, value, share);
}

function column({ text, unit, title }) {
  return h("th", { scope: "col", title }, text, h("span", { class: "mig-unit" }, unit));
}

/** A name that may break before its "+". */
function breakable(name) {
  const plus = name.indexOf("+");
  return plus < 0 ? [name] : [name.slice(0, plus), h("wbr"), name.slice(plus)];
}

function instanceRow(row) {
  const dot = h("span", { class: "mig-dot", style: `background:${row.colour}` });
  return h("tr", { "data-instance": row.name }, h("td", {}, dot, h("b", {}, ...breakable(row.label))), ...row.cells.map(cell));
}

function computeRow(row, columns) {
  const dot = h("span", { class: "mig-dot small", style: `background:${row.colour}` });
  return h("tr", { class: "mig-compute", "data-under": row.under }, h("td", {}, dot, ...breakable(row.label)), ...row.cells.map(cell),
    h("td", { colspan: columns - row.cells.length, class: "mig-shared mig-muted" }, row.shared));
}

/** Make the table of instances. */
export function makeTable() {
  const head = h("thead"), body = h("tbody"), foot = h("tfoot"), badges = h("div", { class: "mig-badges" });
  const frame = h("div", { class: "mig-table-frame", role: "region", "aria-label": "What each instance has" }, h("table", { class: "mig-table mig-num" }, head, body, foot));
  const nothing = h("p", { class: "mig-muted mig-nothing" }, "No instance yet: what each one holds is listed here.");
  const node = h("div", { class: "mig-sec" }, frame, nothing, badges);
  let drawn = "";

  /** A table too wide for the page scrolls, and takes the focus so that the arrow keys scroll it. */
  function fit() {
    if (frame.scrollWidth > frame.clientWidth) frame.setAttribute("tabindex", 0);
    else frame.removeAttribute("tabindex");
  }

  return {
    node,
    fit,
    update({ table }) {
      const next = JSON.stringify(table);
      if (next === drawn || !table) return;
      drawn = next;
      frame.hidden = table.rows.length === 0;
      nothing.hidden = table.rows.length > 0;
      head.replaceChildren(h("tr", {}, h("th", { scope: "col" }, "Instance"), ...table.head.map(column)));
      body.replaceChildren(...table.rows.map((row) => (row.under ? computeRow(row, table.head.length) : instanceRow(row))));
      foot.replaceChildren(...(table.total ? [h("tr", { title: table.total.title }, h("td", {}, table.total.label), ...table.total.cells.map(cell))] : []));
      badges.replaceChildren(...table.badges.map((each) => h("span", { class: "mig-badge", title: each.title }, each.text)));
      fit();
    },
  };
}
