// Where an article is from, as it stands beside every quote and above every article.

import { element } from "./dom.js";
import { dayOf, linkOf, oneLine, titleOf } from "./text.js";

/** Source and day, set apart as a newspaper does. */
export function dateline(article) {
  const day = dayOf(article.published_at);
  const name = oneLine(article.source ?? "");
  const source = name ? element("bdi", { className: "source" }, name) : null;
  const time = day ? element("time", { dateTime: article.published_at }, day) : null;
  return element("span", { className: "dateline" }, source, source && time && ", ", time);
}

/** The title; the id of an article without one, which is no headline and does not look like one. */
export function title(article) {
  const isNamed = Boolean(article.document_title ?? article.title);
  return element("bdi", { className: isNamed ? "title" : "title untitled" }, titleOf(article));
}

/** A link to where the article was published, null without an address that may be one. */
export function original(article) {
  const link = linkOf(article.url);
  if (!link) return null;
  const to = { href: link.href, target: "_blank", rel: "noopener noreferrer" };
  return element("a", to, `Original at ${link.host}`);
}
