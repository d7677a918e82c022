// The server's HTTP API (/openapi.json describes it), and its errors in its own words.

import { eventsOf } from "./events.js";
import { askForKey, keyHeaders } from "./key.js";

const BASE = new URL("../v1/", import.meta.url);
const GONE =
  "The server cannot be reached. If it was stopped, start it with `dateline serve` and try again.";
const CUT = "The connection ended before the answer was whole. Try again.";

/** What went wrong, in words that say what to do; `errors` name fields or articles. */
export class Problem extends Error {
  constructor(detail, errors = [], status = 0) {
    super(detail);
    this.errors = errors;
    this.isOfBody = [400, 413, 422].includes(status); // what was sent is wrong, not when
  }
}

/** A question's events, the result last. Throws a Problem, or AbortError if it is given up. */
export async function* ask(body, signal) {
  const response = await call("ask", { method: "POST", body: JSON.stringify(body), signal });
  let isWhole = false;
  try {
    for await (const event of eventsOf(response)) {
      if (event.type === "error") throw new Problem(event.problem.detail);
      isWhole ||= event.type === "result";
      yield event;
    }
  } catch (error) {
    throw error instanceof Problem || signal.aborted ? error : new Problem(CUT);
  }
  if (!isWhole) throw new Problem(CUT);
}

/** A page of the archive's articles, without their texts. */
export async function listArticles(limit, after = "") {
  return (await call(`articles?${new URLSearchParams({ limit, after })}`)).json();
}

export async function getArticle(id) {
  return (await call(`articles/${encodeURIComponent(id)}`)).json();
}

/** Stores articles, given as JSON of one list. */
export async function storeArticles(body) {
  return (await call("articles", { method: "POST", body })).json();
}

async function call(path, options = {}) {
  const response = await reach(path, options);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && (await askForKey(problem.message))) return call(path, options);
  throw problem;
}

async function reach(path, options) {
  const headers = { ...keyHeaders(), ...(options.body && { "Content-Type": "application/json" }) };
  try {
    return await fetch(new URL(path, BASE), { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(GONE);
  }
}

async function problemOf(response) {
  try {
    const { detail, errors } = await response.json();
    return new Problem(detail, errors, response.status);
  } catch {
    // Not this server's own words: something between it and the browser has answered.
    return new Problem(`The server answered ${response.status} and did not say why. Try again.`);
  }
}
