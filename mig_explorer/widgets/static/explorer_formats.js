// The layout in the languages of the tools that use it: a tab a format, its documents to copy and to download.
import { h } from "./dom.js";

const SHOWN_AGAIN = 2000;
let sets = 0;

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

function download(text, filename) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = h("a", { href: address, download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), SHOWN_AGAIN);
}

function makeDocument({ filename, text }) {
  const code = h("pre", { tabindex: 0, role: "region", "aria-label": filename }, text.replace(/\n$/, ""));
  const copy = h("button", { type: "button", class: "mig-btn", "aria-label": `Copy ${filename}` }, "Copy");
  const save = h("button", { type: "button", class: "mig-btn", "aria-label": `Download ${filename}` }, "Download");
  let back = 0;
  copy.addEventListener("click", async () => {
    const done = await copied(text, code);
    copy.textContent = done ? "Copied" : "Selected: press Ctrl+C";
    clearTimeout(back);
    back = setTimeout(() => { copy.textContent = "Copy"; }, SHOWN_AGAIN);
  });
  save.addEventListener("click", () => download(text, filename));
  const head = h("div", { class: "mig-script-head" }, h("h2", { class: "mig-h2" }, filename), h("span", { class: "mig-script-buttons" }, copy, save));
  return h("div", { class: "mig-script" }, head, code);
}

/** Make the tabs. `turn(name)` is called when another format is asked for; Python then writes it. */
export function makeFormats({ turn }) {
  const id = `mig-formats-${(sets += 1)}`;
  const bar = h("div", { class: "mig-tabs", role: "tablist", "aria-label": "This layout for other tools" });
  const about = h("p", { class: "mig-muted mig-about" });
  const scripts = h("div", { class: "mig-scripts" });
  const notes = h("ul", { class: "mig-notes mig-muted" });
  const panel = h("div", { class: "mig-panel", role: "tabpanel", id: `${id}-panel` }, about, scripts, notes);
  const node = h("div", { class: "mig-sec mig-formats" }, bar, panel);
  let tabs = [], drawnTabs = "", drawnDocuments = "";

  const at = (target) => tabs.findIndex((tab) => tab.contains(target));

  /** The chosen tab alone is in the order of the Tab key; the arrows go on from it. */
  function choose(index) {
    for (const [each, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(each === index));
      tab.setAttribute("tabindex", each === index ? 0 : -1);
    }
    if (tabs[index]) panel.setAttribute("aria-labelledby", tabs[index].id);
  }

  function go(index) {
    choose(index);
    tabs[index].focus({ preventScroll: true });
    panel.setAttribute("aria-busy", "true");
    turn(tabs[index].dataset.format);
  }

  bar.addEventListener("click", (event) => { if (at(event.target) >= 0) go(at(event.target)); });
  bar.addEventListener("keydown", (event) => {
    const from = at(event.target);
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    go((to + tabs.length) % tabs.length);
  });

  return {
    node,
    update(shown) {
      if (!shown?.name) return;
      const wanted = JSON.stringify(shown.tabs);
      if (wanted !== drawnTabs) {
        drawnTabs = wanted;
        tabs = shown.tabs.map(({ name, title }) => h("button", { type: "button", role: "tab", class: "mig-tab", id: `${id}-${name}`, "aria-controls": panel.id, "data-format": name }, title));
        bar.replaceChildren(...tabs);
      }
      choose(tabs.findIndex((tab) => tab.dataset.format === shown.name));
      panel.setAttribute("aria-busy", "false");
      panel.dataset.format = shown.name;
      about.textContent = shown.about;
      const documents = JSON.stringify(shown.documents);
      if (documents !== drawnDocuments) {
        drawnDocuments = documents;
        scripts.replaceChildren(...shown.documents.map(makeDocument));
      }
      scripts.hidden = shown.documents.length === 0;
      notes.replaceChildren(...shown.notes.map((each) => h("li", {}, each)));
    },
  };
}
