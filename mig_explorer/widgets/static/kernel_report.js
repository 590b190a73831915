// One emulated launch: its source with what each line cost, a warp's accesses, its waves on slices.
import { accessFigure } from "./kernel_access.js";
import { h, ownKeys } from "./dom.js";

const UNKNOWN = "unknown";
const count = (number) => number.toLocaleString("en");
const plural = (number, thing) => `${count(number)} ${thing}${number === 1 ? "" : "s"}`;
const badge = (words) => h("span", { class: "mig-badge" }, words);
const cell = (value) => h("td", { class: "mig-num" }, value === null || value === undefined ? UNKNOWN : count(value));

/** The source: a row a line, coloured by one measure; lines of which more is known are buttons. */
class Source {
  constructor(content, choose) {
    this.content = content;
    this.rows = content.lines.map((line, index) => this.row(line, index, choose));
    this.buttons = this.rows.map((row) => row.querySelector("button")).filter(Boolean);
    this.heading = h("th", { scope: "col" }, "");
    const head = h("tr", {}, h("th", { scope: "col" }, "line"), this.heading, h("th", { scope: "col" }, "source"));
    const table = h("table", { class: "mig-report-source" }, h("thead", {}, head), h("tbody", {}, ...this.withPlaces()));
    this.root = h("div", { class: "mig-report-scroll", tabindex: "0", role: "group", "aria-label": "Source" }, table);
    this.root.addEventListener("keydown", (event) => this.move(event));
  }

  row(line, index, choose) {
    const known = line.details.length > 0 || line.findings.length > 0;
    const name = `line ${line.line}${line.place ? ` of ${line.place}` : ""}`;
    const button = known ? h("button", { class: "mig-report-line", "aria-label": name, "aria-pressed": "false" }, String(line.line)) : null;
    const findings = line.findings.map((text) => h("span", { class: "mig-report-finding" }, `! ${text}`));
    const row = h(
      "tr",
      { class: known ? "known" : null },
      h("th", { scope: "row", class: "mig-num" }, button ?? String(line.line)),
      h("td", { class: "mig-num mig-report-figure" }),
      h("td", {}, h("code", {}, line.source || " "), ...findings),
    );
    if (known) row.addEventListener("click", () => choose(index));
    return row;
  }

  /** The rows, each function of another place under its name. */
  withPlaces() {
    let place = "";
    return this.rows.flatMap((row, index) => {
      const here = this.content.lines[index].place;
      if (here === place) return [row];
      place = here;
      return [h("tr", { class: "mig-report-place" }, h("th", { colspan: "3", scope: "rowgroup" }, `in ${here}`)), row];
    });
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.buttons.indexOf(event.target);
    const next = this.buttons[at + step];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    next?.focus();
  }

  colour(measure) {
    const figures = measure?.figures ?? [];
    const most = Math.max(1, ...figures);
    this.heading.textContent = measure ? measure.name.replace(/^.*: /, "") : "counted";
    this.rows.forEach((row, index) => {
      const number = figures[index] ?? 0;
      const shown = row.querySelector(".mig-report-figure");
      shown.textContent = number ? count(number) : "";
      shown.style.setProperty("--heat", String((100 * number) / most));
    });
  }

  mark(chosen) {
    this.rows.forEach((row, index) => {
      row.classList.toggle("chosen", index === chosen);
      row.querySelector("button")?.setAttribute("aria-pressed", String(index === chosen));
    });
  }
}

/** What is known of one line. */
function details(content, index) {
  const line = content.lines[index];
  if (!line) return [h("p", { class: "mig-muted" }, "Nothing was counted.")];
  const figures = line.details.flatMap(([words, number]) => [h("dt", {}, words), h("dd", { class: "mig-num" }, count(number))]);
  const accesses = content.accesses.filter((each) => each.line === line.line);
  return [
    h("h2", {}, `Line ${line.line}${line.place ? ` of ${line.place}` : ""}`),
    ...line.findings.map((text) => h("p", { class: "mig-report-finding" }, text)),
    figures.length ? h("dl", {}, ...figures) : null,
    ...accesses.map(accessFigure),
  ];
}

const SLICE_COLUMNS = ["slice", "SMs", "blocks at once", "waves", "blocks in the last", "last wave full", "idle SMs in it"];

function sliceTable(table) {
  const { occupancy, slices } = table;
  const bound = occupancy.unknown.length ? " Part of the kernel is unknown: there are at least as many waves as this." : "";
  const rows = slices.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, row.name),
      cell(row.sms),
      cell(row.blocks_at_once),
      cell(row.waves),
      cell(row.last_wave_blocks),
      h("td", { class: "mig-num" }, row.last_wave_share === null ? UNKNOWN : `${Number((100 * row.last_wave_share).toPrecision(2))}\u00a0%`),
      cell(row.last_wave_idle_sms),
    ),
  );
  return h(
    "section",
    { class: "mig-sec" },
    h("h2", {}, `${plural(table.blocks, "block")} on ${table.board} (compute capability ${table.compute_capability})`),
    h("p", { class: "mig-muted" }, `Modelled. ${occupancy.text}. ${table.registers ? `${table.registers}.` : ""}${bound}`),
    h(
      "div",
      { class: "mig-report-scroll", tabindex: "0", role: "group", "aria-label": `Waves on ${table.board}` },
      h(
        "table",
        { class: "mig-table" },
        h("thead", {}, h("tr", {}, ...SLICE_COLUMNS.map((words) => h("th", { scope: "col" }, words)))),
        h("tbody", {}, ...rows),
      ),
    ),
  );
}

function header(content, select) {
  const findings = content.lines.reduce((sum, line) => sum + line.findings.length, 0);
  return h(
    "div",
    { class: "mig-bar" },
    h("h1", {}, content.kernel),
    badge("emulated"),
    content.measures.length ? badge("counted") : null,
    findings ? h("span", { class: "mig-badge mig-report-bad" }, plural(findings, "finding")) : null,
    h("span", { class: "mig-grow" }),
    select ? h("label", { class: "mig-report-measure" }, "colour by ", select) : null,
  );
}

function report(content) {
  const select = content.measures.length
    ? h("select", { class: "mig-select" }, ...content.measures.map(({ name }, index) => h("option", { value: index }, name)))
    : null;
  const aside = h("div", { class: "mig-report-details", role: "group", "aria-live": "polite", "aria-label": "The chosen line" });
  const choose = (index) => {
    source.mark(index);
    aside.replaceChildren(...details(content, index).filter(Boolean));
  };
  const source = new Source(content, choose);
  const colour = () => {
    const measure = content.measures[select?.value ?? 0];
    source.colour(measure);
    const figures = measure?.figures ?? [];
    choose(figures.length ? figures.indexOf(Math.max(...figures)) : content.lines.findIndex((line) => line.findings.length));
  };
  select?.addEventListener("change", colour);
  colour();
  return h(
    "div",
    { class: "mig-card" },
    header(content, select),
    h("div", { class: "mig-report-body" }, source.root, aside),
    ...content.resources.map((each) => h("p", { class: "mig-report-resources" }, resourceWords(each))),
    ...content.slices.map(sliceTable),
  );
}

function resourceWords(each) {
  const spilled = each.spill_store_bytes + each.spill_load_bytes;
  const spills = spilled ? `spills of ${count(each.spill_store_bytes)} B written and ${count(each.spill_load_bytes)} B read` : "no spills";
  return (
    `Compute capability ${each.compute_capability}: ${each.registers} registers a thread, ` +
    `${count(each.shared_bytes)} B shared memory a block, ${spills}; ${each.provenance.kind} on ${each.provenance.date}.`
  );
}

function render({ model, el }) {
  const root = ownKeys(h("div", { class: "mig mig-report", role: "group", "aria-label": "Kernel report" }));
  const draw = () => root.replaceChildren(report(model.get("content")));
  model.on("change:content", draw);
  el.append(root);
  draw();
  return () => model.off("change:content", draw);
}

export default { render };
