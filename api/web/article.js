// One article, open at its quote: all of its text, paragraph by paragraph, as text.

import { getArticle } from "./api.js";
import { byId, element, open } from "./dom.js";
import { slice, unitAt } from "./offsets.js";
import { dateline, original, title } from "./source.js";
import { inert } from "./text.js";

let wanted = null; // whoever opens another article does not want to see the one before

/** Opens the article of a citation at its quote, or one of the archive's list at its beginning. */
export async function openArticle(cited) {
  const id = cited.article_id ?? cited.id;
  wanted = cited;
  head(cited);
  note("Opening the article …");
  byId("article-text").replaceChildren();
  open(byId("article"));
  byId("article-body").focus();
  try {
    const article = await getArticle(id);
    if (wanted !== cited) return;
    head(article);
    const isQuoted = "cited_text" in cited; // not in the archive's list
    const stands = isQuoted && quoteIn(article.text, cited) === cited.cited_text;
    note(isQuoted && !stands ? "The article has changed since this was quoted." : "");
    show(article, stands ? marksOf(article.text, cited) : null);
  } catch (problem) {
    if (wanted === cited) note(problem.message);
  }
}

function head(article) {
  byId("article-title").replaceChildren(title(article));
  byId("article-dateline").replaceChildren(dateline(article), original(article) ?? "");
}

function note(words) {
  byId("article-note").textContent = words;
  byId("article-note").hidden = !words;
}

function quoteIn(text, cited) {
  return slice(text, cited.start_char_index, cited.end_char_index);
}

function show({ text, body_start: start }, marks) {
  const shown = byId("article-text");
  // Made inert as a whole: that keeps its length, and a line end is two characters.
  const words = inert(text);
  shown.replaceChildren(...paragraphs(words, unitAt(text, start), marks));
  shown.classList.toggle("quoted", marks !== null);
  const first = shown.querySelector("mark");
  if (first) first.scrollIntoView({ block: "center" });
  else byId("article-body").scrollTop = 0;
}

/** Where the quote, and in it the answer, begins and ends, in UTF-16 units. */
function marksOf(text, cited) {
  const points = [
    cited.start_char_index,
    cited.answer_start_char_index ?? cited.end_char_index,
    cited.answer_end_char_index ?? cited.end_char_index,
    cited.end_char_index,
  ];
  return points.map((point) => unitAt(text, point));
}

/** The paragraphs of the text from `start` on; what stands before it is a header. */
function* paragraphs(text, start, marks) {
  const ends = [...text.matchAll(/\n[^\S\n]*\n/g), { index: text.length, 0: "" }];
  let from = start;
  for (const end of ends) {
    const words = text.slice(from, Math.max(from, end.index));
    const first = from + words.length - words.trimStart().length;
    if (words.trim()) {
      const to = first + words.trim().length;
      yield element("p", { dir: "auto" }, ...pieces(text, first, to, marks));
    }
    from = Math.max(from, end.index);
  }
}

/** What stands from `from` to `to`, with what of the quote and the answer lies there marked. */
function pieces(text, from, to, marks) {
  const part = (a, b) => text.slice(Math.max(a, from), Math.max(from, Math.min(b, to)));
  if (!marks) return [part(from, to)];
  const [start, answerStart, answerEnd, end] = marks;
  const answer = part(answerStart, answerEnd);
  const strong = answer && element("strong", {}, answer);
  const quote = [part(start, answerStart), strong, part(answerEnd, end)];
  const marked = end > from && start < to ? [element("mark", {}, ...quote)] : [];
  return [part(from, start), ...marked, part(end, to)];
}
