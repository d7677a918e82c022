// The list of the archive's articles, page by page.

import { listArticles } from "./api.js";
import { openArticle } from "./article.js";
import { button, byId, element, open } from "./dom.js";
import { dateline, title } from "./source.js";
import { count } from "./text.js";

const PAGE = 50;
let next = "";

export function setUpArchive() {
  byId("open-archive").addEventListener("click", () => {
    next = "";
    byId("listed").replaceChildren();
    open(byId("archive"));
    more();
  });
  byId("more").addEventListener("click", more);
}

/** Whether the archive holds no article. Throws a Problem. */
export const isEmpty = async () => (await listArticles(1)).articles.length === 0;

async function more() {
  byId("more").hidden = true;
  byId("archive-note").textContent = "Reading the list …";
  try {
    const page = await listArticles(PAGE, next);
    const rows = page.articles.map(row);
    byId("listed").append(...rows);
    next = page.next;
    byId("more").hidden = next === null;
    const all = byId("listed").children.length;
    byId("archive-note").textContent = all
      ? `${count(all, "article")} listed${next === null ? ", which are all" : ""}.`
      : "The archive holds no article yet.";
    if (rows.length && all > rows.length) rows[0].querySelector("button").focus();
  } catch (problem) {
    byId("archive-note").textContent = problem.message;
    byId("more").hidden = false;
  }
}

function row(article) {
  const opener = button(title(article), () => openArticle(article), {
    className: "lead",
  });
  return element("li", {}, dateline(article), opener);
}
