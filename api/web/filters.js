// Which articles are asked: dates, both of them included, and sources.

import { listArticles } from "./api.js";
import { byId, button, element } from "./dom.js";
import { count, dayOf, oneLine } from "./text.js";

const SUGGESTED_FROM = 500; // articles, whose sources are offered
const sources = new Set();

/** As the API takes them; null: all articles. Its `before` is the first day left out. */
export function filters() {
  const [from, until] = [byId("from").value, byId("until").value];
  addSource(); // what was typed and not added yet is meant too
  if (!from && !until && !sources.size) return null;
  return { after: from || null, before: until ? dayAfter(until) : null, sources: [...sources] };
}

/** The same in words, "" for all. */
export function scope() {
  const [from, until] = [byId("from").value, byId("until").value];
  const said = [...sources];
  if (from) said.push(`from ${dayOf(from)}`);
  if (until) said.push(`up to ${dayOf(until)}`);
  return said.join(" · ");
}

export function setUpFilters() {
  const panel = byId("filters");
  panel.addEventListener("input", tell);
  panel.addEventListener("toggle", () => panel.open && suggest());
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.open) {
      panel.open = false;
      panel.querySelector("summary").focus();
    } else if (event.key === "Enter" && event.target.id === "source") {
      event.preventDefault(); // it adds the source; it does not ask
      addSource();
    }
  });
  byId("add-source").addEventListener("click", addSource);
  byId("clear-filters").addEventListener("click", () => {
    for (const id of ["from", "until", "source"]) byId(id).value = "";
    sources.clear();
    tell();
  });
}

function addSource() {
  const name = byId("source").value.trim();
  byId("source").value = "";
  if (name) sources.add(name);
  tell();
}

function tell() {
  const chips = [...sources].map((name) => {
    const remove = () => {
      sources.delete(name);
      tell();
      byId("source").focus();
    };
    const label = { "aria-label": `Leave out ${name}` };
    return element("li", {}, element("bdi", {}, name), button("Remove", remove, label));
  });
  byId("sources").replaceChildren(...chips);
  byId("chosen").textContent = scope();
  byId("filters").classList.toggle("some", scope() !== "");
}

/** Offers the sources of the archive's first articles. Without them one can still type. */
async function suggest() {
  try {
    const { articles } = await listArticles(SUGGESTED_FROM);
    const names = new Set(articles.map((article) => oneLine(article.source ?? "")).filter(Boolean));
    const options = [...names].sort().map((value) => element("option", { value }));
    byId("known-sources").replaceChildren(...options);
  } catch {
    byId("known-sources").replaceChildren();
  }
}

function dayAfter(day) {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
