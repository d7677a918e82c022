// What an article or a catalogue of them says -> words that are safe and pleasant to show.

// As rag/display.py has it, and for its reasons: controls, and the marks that reorder a text, after
// which "3 - 1" reads "1 - 3". Joiners of no width stay. Each is one UTF-16 unit, as U+FFFD is.
const UNSAFE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** The text with U+FFFD for all that would reorder it; of the same length. */
export const inert = (text) => text.replaceAll("\r\n", " \n").replace(UNSAFE, "\ufffd");

/** The same on one line. */
export const oneLine = (text) => inert(text).replace(/\s+/g, " ").trim();

/** "15 January 2024" of an ISO date or time, null of null. */
export function dayOf(published) {
  if (!published) return null;
  const day = new Date(`${published.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? oneLine(published) : DAY.format(day);
}

/** The address if it is one that may be a link, else null: javascript: and data: run code. */
export function linkOf(url) {
  const parsed = URL.canParse(url ?? "") ? new URL(url) : null;
  return parsed && ["http:", "https:"].includes(parsed.protocol) ? parsed : null;
}

/** Source and day, as far as they are known: an article's dateline. */
export const datelineOf = (article) =>
  [oneLine(article.source ?? ""), dayOf(article.published_at)].filter(Boolean).join(", ");

/** The title, or the id of an article without one. */
export const titleOf = (article) =>
  oneLine(article.document_title ?? article.title ?? article.article_id ?? article.id);

/** The beginning of a passage, up to a word's end: a lead, not an answer. */
export function leadOf(text, most = 260) {
  const line = oneLine(text);
  if (line.length <= most) return line;
  return `${line.slice(0, most).replace(/\s\S*$/, "")}\u00a0…`;
}

/** "1 article", "2 articles". */
export const count = (number, noun) =>
  `${number.toLocaleString("en-GB")} ${noun}${number === 1 ? "" : "s"}`;

/** A calibrated probability in words and in figures. */
export function likely(confidence) {
  const words = [
    [0.85, "Very likely right"],
    [0.6, "Probably right"],
    [0.4, "As likely right as wrong"],
    [0, "Uncertain"],
  ].find(([least]) => confidence >= least)[1];
  return `${words}, ${Math.round(confidence * 100)} %`;
}
