// The dialog that takes articles: files, chosen or dropped, and pasted text.

import { byId, element, open } from "./dom.js";
import { readFiles } from "./files.js";
import { count, inert } from "./text.js";
import { store } from "./upload.js";

const SHOWN = 100; // errors
let isBusy = false;

/** `changed` is called when articles were stored. */
export function setUpAdd(changed) {
  for (const id of ["open-add", "fill"]) {
    byId(id).addEventListener("click", () => open(byId("add")));
  }
  const [files, drop, paste] = [byId("files"), byId("drop"), byId("paste")];
  files.addEventListener("change", async () => {
    await take(readFiles([...files.files]), changed);
    files.value = ""; // the same file, mended, may be chosen again
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(readFiles([...event.dataTransfer.files]), changed);
  });
  paste.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(paste));
    const json = JSON.stringify({ ...fields, published_at: fields.published_at.trim() });
    const told = await take([{ place: "The pasted text", json }], changed);
    for (const field of paste.querySelectorAll("[name]")) field.removeAttribute("aria-invalid");
    const wrong = told?.rejected[0] && paste.elements[told.rejected[0].field];
    if (wrong) {
      wrong.setAttribute("aria-invalid", "true");
      wrong.focus();
    } else if (told && !told.rejected.length) {
      paste.reset();
    }
  });
}

/** Stores them and says how that goes. What became of them, undefined if it was broken off. */
async function take(placed, changed) {
  if (isBusy) return undefined;
  isBusy = true;
  byId("stored").hidden = false;
  byId("progress").removeAttribute("value"); // how many there are is known at the end
  byId("progress").hidden = false;
  note("Reading …");
  byId("rejected").replaceChildren();
  byId("stored").scrollIntoView({ block: "end" });
  try {
    const told = await store(placed, tell);
    if (told.added + told.updated) changed();
    return told;
  } catch (problem) {
    const so = "What was stored until then stays; the same articles may be sent again.";
    note(`${problem.message} ${so}`);
    changed();
    return undefined;
  } finally {
    byId("progress").hidden = true;
    isBusy = false;
  }
}

function tell({ added, updated, unchanged, rejected }) {
  const counts = [
    [added, "added"],
    [updated, "replaced"],
    [unchanged, "already there"],
    [rejected.length, "not taken"],
  ];
  const said = counts.filter(([number]) => number);
  const words = said.map(([number, what]) => `${number.toLocaleString("en-GB")} ${what}`);
  note(words.length ? `Articles: ${words.join(", ")}.` : "They hold no article.");
  const lines = rejected.slice(0, SHOWN).map(({ place, field, problem }) => {
    const where = element("code", {}, element("bdi", {}, inert(place)));
    return element("li", {}, where, `: ${field}: ${inert(problem)}`);
  });
  const more = rejected.length - lines.length;
  if (more > 0) lines.push(element("li", {}, `and ${count(more, "other")}`));
  byId("rejected").replaceChildren(...lines);
}

function note(words) {
  byId("stored-note").textContent = words;
}
