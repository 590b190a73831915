// What came out: the answer, its figures, reasons and limits, charts, tables, files.
import { h } from "./dom.js";
import { write } from "./words.js";

const SHOWN_AGAIN = 2000;
const OPEN = ["Why", "What this does not show", "What would change the answer"];

function list({ heading, lines }) {
  const items = h("ul", {}, ...lines.map((line) => h("li", {}, line)));
  if (OPEN.includes(heading)) return h("section", { class: "mig-scenario-section" }, h("h2", {}, heading), items);
  return h("details", { class: "mig-scenario-section" }, h("summary", {}, heading), items);
}

function scrolling(label, table) {
  return h("div", { class: "mig-scenario-scrolls", tabindex: 0, role: "group", "aria-label": label }, table);
}

function figures(rows) {
  // With roles of their own, for on a narrow page rows are shown as blocks, and would be no table any more.
  const head = ["Figure", "Value and band", "Kind", "Where it comes from"].map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  const cell = (kind, ...inside) => h("td", { class: kind, role: "cell" }, ...inside);
  const body = rows.map(({ what, amount, kind, source }) =>
    h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader" }, what), cell("mig-scenario-amount", amount), cell(null, kind ? h("span", { class: "mig-badge" }, kind) : "–"), cell("mig-muted", source)),
  );
  return scrolling("Figures of the verdict", h("table", { class: "mig-table mig-num mig-scenario-figures", role: "table", "aria-label": "Figures of the verdict" }, h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head)), h("tbody", { role: "rowgroup" }, ...body)));
}

function table({ title, columns, rows, notes }, open) {
  const cell = ({ name, unit, number }) => h("th", { scope: "col", class: number ? "number" : null }, name, unit ? h("span", { class: "mig-scenario-unit" }, unit) : null);
  const row = (texts) =>
    h("tr", {}, ...texts.map((text, at) => (at === 0 && !columns[0].number ? h("th", { scope: "row" }, text) : h("td", { class: columns[at].number ? "number" : text.length > 34 ? "long" : null }, text))));
  const made = h("table", { class: "mig-table mig-num mig-scenario-table", "aria-label": title }, h("thead", {}, h("tr", {}, ...columns.map(cell))), h("tbody", {}, ...rows.map(row)));
  return h("details", { class: "mig-scenario-section", open }, h("summary", {}, title), scrolling(title, made), ...notes.map((note) => h("p", { class: "mig-muted mig-scenario-note" }, note)));
}

async function copied(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy");
  }
}

function file({ name, text }) {
  const code = h("pre", { tabindex: 0, role: "region", "aria-label": name }, text.replace(/\n$/, ""));
  const copy = h("button", { type: "button", class: "mig-btn", "aria-label": `Copy ${name}` }, "Copy");
  let back = 0;
  copy.addEventListener("click", async () => {
    const done = await copied(text, code);
    write(copy, done ? "Copied" : "Selected: press Ctrl+C");
    clearTimeout(back);
    back = setTimeout(() => write(copy, "Copy"), SHOWN_AGAIN);
  });
  return h("div", { class: "mig-scenario-file" }, h("div", { class: "mig-scenario-file-head" }, h("h2", {}, name), copy), code);
}

function save(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "text/html" }));
  const link = h("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), SHOWN_AGAIN);
}

export class Found {
  constructor(charts, wantReport) {
    this.charts = charts;
    this.answer = h("p", { class: "mig-scenario-answer" });
    this.headline = h("p", { class: "mig-scenario-headline" });
    this.explanation = h("p", {});
    const words = h("div", { role: "status", "aria-live": "polite" }, this.answer, this.headline);
    this.figures = h("div", {});
    this.verdict = h("div", { class: "mig-scenario-verdict" }, words, this.explanation);
    this.lists = h("div", { class: "mig-scenario-lists" });
    this.rest = h("div", { class: "mig-scenario-rest" });
    this.report = h("button", { type: "button", class: "mig-btn" }, "Save as a report");
    this.reportSays = h("span", { class: "mig-muted", role: "status" });
    this.report.addEventListener("click", () => {
      this.report.disabled = true;
      write(this.reportSays, "The report is being made…");
      wantReport();
    });
    const foot = h("div", { class: "mig-scenario-foot" }, this.report, this.reportSays);
    this.root = h("div", {}, this.verdict, this.figures, charts.root, this.lists, this.rest, foot);
    this.known = "";
  }

  show(found) {
    this.charts.show(found.charts);
    const now = JSON.stringify({ ...found, charts: null });
    if (now === this.known) return;
    this.known = now;
    const kind = found.answer.replace(" ", "-");
    this.verdict.className = `mig-scenario-verdict ${kind}`;
    this.answer.replaceChildren(h("span", { class: "mig-scenario-sign", "aria-hidden": "true" }, found.sign), found.answer[0].toUpperCase() + found.answer.slice(1));
    write(this.headline, found.headline);
    // Some explanations begin with the headline, for where they stand alone.
    const { headline, explanation } = found;
    write(this.explanation, explanation.startsWith(headline) ? explanation.slice(headline.length).trim() : explanation);
    this.figures.replaceChildren(figures(found.figures));
    this.lists.replaceChildren(...found.sections.map(list));
    const open = new Map([...this.rest.querySelectorAll("details")].map((each) => [each.firstChild.textContent, each.open]));
    this.rest.replaceChildren(
      ...found.tables.map((each, index) => table(each, open.get(each.title) ?? index === 0)),
      ...found.texts.map(file),
      ...(found.experiments.length ? [h("p", { class: "mig-muted mig-scenario-note" }, `Experiments behind it: ${found.experiments.join("; ")}.`)] : []),
    );
  }

  hear(message, buffers) {
    if (message.kind !== "report") return;
    this.report.disabled = false;
    write(this.reportSays, message.problem ? `No report: ${message.problem}` : `${message.name} is saved by your browser.`);
    if (!message.problem) save(message.name, buffers[0]);
  }
}
