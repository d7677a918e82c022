// Articles -> the archive, a few at a time, so that there is progress to see and one bad article
// turns no other away. Does not know files or the page.

import { Problem, storeArticles } from "./api.js";

const MOST = 20; // articles in a request: as many errors as a refusal lists
const MOST_BYTES = 4_000_000; // of several in a request
const MOST_BYTES_OF_ONE = 7_900_000; // the server takes 8,000,000 in all
const encoder = new TextEncoder();

/**
 * Stores what `readFiles` gives. `tell` hears after each request what became of all so far:
 * `{added, updated, unchanged, rejected: [{place, field, problem}]}`. Throws a Problem where the
 * server takes no more; what was stored until then stays, and may be sent again.
 */
export async function store(placed, tell) {
  const told = { added: 0, updated: 0, unchanged: 0, rejected: [] };
  let [batch, bytes, total] = [[], 0, 0];
  const send = async () => {
    if (batch.length) await storeBatch(batch, told);
    [batch, bytes] = [[], 0];
    told.rejected.sort((one, other) => one.order - other.order);
    tell(told);
  };
  for await (const one of placed) {
    one.order = ++total;
    const size = one.json ? encoder.encode(one.json).length : 0;
    if (!one.json) {
      told.rejected.push(one);
    } else if (size > MOST_BYTES_OF_ONE) {
      const problem = "is larger than 8 MB; put it in with `dateline ingest FILE`";
      told.rejected.push({ ...one, field: "text", problem });
    } else {
      if (batch.length === MOST || bytes + size > MOST_BYTES) await send();
      batch.push(one);
      bytes += size;
    }
  }
  await send();
  return told;
}

async function storeBatch(batch, told) {
  let stored;
  try {
    stored = await storeArticles(`[${batch.map((one) => one.json).join(",")}]`);
  } catch (problem) {
    if (!(problem instanceof Problem) || !problem.isOfBody) throw problem;
    if (problem.errors.some((error) => error.place)) {
      told.rejected.push(...problem.errors.map((error) => inPlace(error, batch)));
    } else if (batch.length === 1) {
      told.rejected.push({ ...batch[0], field: "article", problem: problem.message });
    } else {
      for (const one of batch) await storeBatch([one], told); // one of them spoils the others
    }
    return;
  }
  for (const kind of ["added", "updated", "unchanged"]) told[kind] += stored[kind];
  const rejected = stored.results.filter((result) => result.status === "rejected");
  told.rejected.push(...rejected.map((result) => inPlace(result, batch)));
}

/** The error with the places that the articles came from, not those in the request. */
function inPlace({ place, field, problem }, batch) {
  const placeOf = (all, at) => batch[at]?.place ?? all;
  const named = (words) => words.replace(/articles\[(\d+)\]/g, placeOf);
  const { order } = batch[/\d+/.exec(place)];
  return { place: named(place), field, problem: named(problem), order };
}
