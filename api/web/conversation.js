// What was asked and answered on this page, oldest first. The server keeps none of it: a question
// that leans on what was said before is sent with it.

const MOST = 20; // turns that the server takes
const turns = [];

/** The body that asks a question. */
export function bodyOf(question, filters) {
  return { question, history: turns.slice(-MOST), filters, stream: true };
}

/** Keeps a question that has its answer; a refusal is none. */
export function remember(question, { answer, abstained }) {
  turns.push({ question, answer: abstained ? null : answer });
}
