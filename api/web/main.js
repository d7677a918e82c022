// The page: a question becomes a turn, and what else there is stands in dialogs.

import { setUpAdd } from "./add.js";
import { ask } from "./api.js";
import { isEmpty, setUpArchive } from "./archive.js";
import { bodyOf, remember } from "./conversation.js";
import { byId } from "./dom.js";
import { filters, scope, setUpFilters } from "./filters.js";
import { Turn } from "./turn.js";

const field = byId("question");
let running = null; // what gives up the question that is being answered

setUpFilters();
setUpArchive();
setUpAdd(look);
look();

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) {
    running.abort();
    return;
  }
  const question = field.value.trim();
  if (!question) return;
  field.value = "";
  byId("filters").open = false; // what was chosen stands in its one line
  const chosen = filters();
  answer(question, chosen, scope());
});

field.addEventListener("keydown", (event) => {
  // Enter asks, with Shift it is a line; an input method needs it to end a word.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) byId("ask").requestSubmit();
});

/** Asks, and shows what comes. */
async function answer(question, chosen, words) {
  const turn = new Turn(question, words);
  byId("intro").hidden = true;
  byId("turns").append(turn.node);
  turn.node.scrollIntoView({ block: "start" });
  setRunning(new AbortController());
  const { signal } = running;
  const again = () => {
    turn.node.remove();
    field.focus();
    answer(question, chosen, words);
  };
  try {
    for await (const event of ask(bodyOf(question, chosen), signal)) {
      turn.take(event);
      if (event.type === "result") remember(question, event.result);
    }
    byId("trouble").hidden = true;
  } catch (problem) {
    turn.fail(signal.aborted ? "Stopped before there was an answer." : problem.message, again);
  }
  setRunning(null);
}

function setRunning(controller) {
  running = controller;
  byId("send").textContent = running ? "Stop" : "Ask";
  byId("turns").setAttribute("aria-busy", String(running !== null));
}

/** Says so if the archive is empty, or cannot be asked. */
async function look() {
  try {
    byId("empty").hidden = !(await isEmpty());
    byId("intro").hidden = !byId("empty").hidden || byId("turns").hasChildNodes();
    byId("trouble").hidden = true;
  } catch (problem) {
    byId("trouble").textContent = problem.message;
    byId("trouble").hidden = false;
  }
}
