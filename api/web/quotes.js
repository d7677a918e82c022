// Markers and the quotes that they show. A block has one place for a quote, that of the marker which
// was last pointed at, focused or tapped. All quotes take this place at once and one can be seen:
// the page does not jump from one to the next.

import { openArticle } from "./article.js";
import { button, element } from "./dom.js";
import { partsOf } from "./offsets.js";
import { dateline, original, title } from "./source.js";
import { datelineOf, inert, titleOf } from "./text.js";

let made = 0;

/** Sentences with markers, and the quotes of all their citations. */
export function block(sentences, citations) {
  const cited = [...new Set(sentences.flatMap((sentence) => sentence.citations))];
  const shown = new Map(cited.map((index) => [index, quote(citations[index])]));
  const markers = [];

  function show(index) {
    for (const [other, figure] of shown) figure.classList.toggle("now", other === index);
    for (const marker of markers) {
      marker.setAttribute("aria-pressed", String(marker.dataset.index === String(index)));
    }
  }

  function marker(index) {
    const from = datelineOf(citations[index]) || titleOf(citations[index]);
    const one = button(String(index + 1), () => show(index), {
      className: "marker",
      "aria-label": `Quote ${index + 1}, ${from}`,
      "aria-describedby": shown.get(index).firstChild.id,
      "data-index": index,
    });
    one.addEventListener("pointerenter", () => show(index));
    one.addEventListener("focus", () => show(index));
    markers.push(one);
    return one;
  }

  const said = element("p", { className: "said" });
  for (const sentence of sentences) {
    if (said.hasChildNodes()) said.append(" ");
    const words = element("bdi", {}, inert(sentence.text));
    said.append(words, element("sup", {}, ...sentence.citations.map(marker)));
  }
  if (cited.length) show(cited[0]);
  const quotes = element("div", { className: "quotes" }, ...shown.values());
  return element("div", { className: "block" }, said, quotes);
}

/** A quote with its answer marked, where it is from, and the ways to read on. */
function quote(citation) {
  const [before, answer, after] = partsOf(citation).map(inert);
  const marked = element("mark", {}, answer);
  const words = element("p", { dir: "auto" }, before.trimStart(), marked, after.trimEnd());
  return element(
    "figure",
    { className: "quote" },
    element("blockquote", { id: `quote-${++made}` }, words),
    element("figcaption", {}, dateline(citation), title(citation), ways(citation)),
  );
}

/** To the article here, and to where it was published. */
function ways(citation) {
  const name = titleOf(citation);
  const read = button("Read in the article", () => openArticle(citation), {
    className: "plain",
    "aria-label": `Read in the article ${name}`,
  });
  return element("span", { className: "ways" }, read, original(citation));
}
