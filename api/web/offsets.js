// The API counts Unicode code points; a JavaScript string counts UTF-16 units, of which a character
// beyond U+FFFF has two. Everything on the page that comes from an offset goes through here.

/** Where in `text`, in UTF-16 units, the code point number `point` begins. */
export function unitAt(text, point) {
  let unit = 0;
  for (let passed = 0; passed < point && unit < text.length; passed++) {
    unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  }
  return unit;
}

/** What stands from `start` to `end`, both in code points. */
export function slice(text, start, end) {
  return text.slice(unitAt(text, start), unitAt(text, end));
}

/** The quote in three parts: before the answer, the answer, after it. */
export function partsOf(citation) {
  const { cited_text: text, start_char_index: start } = citation;
  const first = citation.answer_start_char_index;
  if (first === null) return ["", text, ""]; // the whole quote is the answer
  const [from, to] = [first, citation.answer_end_char_index].map((at) => unitAt(text, at - start));
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}
