// What was asked and answered on this page, oldest first. The server keeps none of it.

const turns = [];

/** The body that asks a question. */
export function bodyOf(question, filters) {
  return { question, filters, stream: true };
}

/** Keeps a question that has its answer. */
export function remember(question, answer) {
  turns.push({ question, answer });
}
