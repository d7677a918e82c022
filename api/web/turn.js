// One question on the page, from the asking to the answer, the refusal or the error.

import { openArticle } from "./article.js";
import { announce, button, element } from "./dom.js";
import { block } from "./quotes.js";
import { dateline, title } from "./source.js";
import { count, datelineOf, dayOf, inert, leadOf, likely, oneLine, titleOf } from "./text.js";

let made = 0;

export class Turn {
  /** `scope` says which dates and sources were asked, "" for all. */
  constructor(question, scope) {
    const id = `turn-${++made}`;
    this.question = question;
    this.progress = element("p", { className: "progress" });
    this.body = element("div", { className: "body" });
    this.node = element(
      "article",
      { className: "turn", "aria-labelledby": id },
      element("h2", { className: "question", id }, element("bdi", {}, inert(question))),
      scope ? element("p", { className: "scope" }, element("bdi", {}, scope)) : null,
      this.progress,
      this.body,
    );
    this.say("Searching the archive …");
  }

  say(words) {
    this.progress.textContent = words;
    this.progress.hidden = !words;
    if (words) announce(words);
  }

  /** What one event of the stream shows. */
  take(event) {
    if (event.type === "passages") {
      const { passages } = event;
      const names = passages.map((found) => oneLine(found.source ?? titleOf(found)));
      const [first, ...others] = new Set(names);
      const more = others.length ? ` and ${count(others.length, "other source")}` : "";
      if (first) this.say(`Reading ${count(passages.length, "passage")} of ${first}${more} …`);
    } else if (event.type === "text") {
      this.progress.hidden = true;
      this.body.append(element("bdi", { className: "said" }, inert(event.text)));
    } else if (event.type === "result") {
      this.finish(event.result);
    }
  }

  finish(answer) {
    this.say("");
    const { sentences, citations } = answer;
    if (answer.abstained) {
      this.body.replaceChildren(...refusal(answer));
    } else if (answer.conflicting) {
      const answers = sentences.map((sentence) => block([sentence], citations));
      const heading = element("p", { className: "label" }, "Sources disagree");
      this.body.replaceChildren(heading, element("div", { className: "versions" }, ...answers));
    } else {
      this.body.replaceChildren(block(sentences, citations));
    }
    const facts = about(answer).flatMap((fact) => [" · ", element("bdi", {}, fact)]);
    this.body.append(element("p", { className: "about" }, ...facts.slice(1)));
    this.node.scrollIntoView({ block: "start" });
    announce(spoken(answer));
  }

  /** Says what went wrong, and offers to ask once more. */
  fail(words, again) {
    this.say("");
    this.body.replaceChildren(
      element("p", { className: "trouble" }, words),
      element("p", {}, button("Ask again", again)),
    );
    announce(words);
  }
}

/** A refusal, and the nearest passages: where to look, not an answer. */
function refusal(answer) {
  const said = element("p", { className: "said refused" }, answer.answer);
  if (!answer.nearest.length) return [said];
  const leads = answer.nearest.map((lead) =>
    element(
      "li",
      {},
      dateline(lead),
      button(title(lead), () => openArticle(lead), { className: "lead" }),
      element("p", { dir: "auto" }, leadOf(lead.cited_text)),
    ),
  );
  const heading = element("h3", { className: "label" }, "Nearest in the archive");
  return [said, heading, element("ol", { className: "leads" }, ...leads)];
}

/** What else there is to know of an answer. */
function about(answer) {
  const said = [];
  if (oneLine(answer.understood_as) !== oneLine(answer.question)) {
    said.push(`Understood as: ${oneLine(answer.understood_as)}`);
  }
  if (answer.conflicting) said.push(`The first: ${likely(answer.confidence).toLowerCase()}`);
  else if (!answer.abstained) said.push(likely(answer.confidence));
  if (answer.undated_left_out) {
    said.push(`${count(answer.undated_left_out, "article")} without a date left out`);
  }
  if (answer.as_of) said.push(`Newest article: ${dayOf(answer.as_of)}`);
  return said;
}

/** The answer as it is told to who does not see it. */
function spoken(answer) {
  if (answer.abstained) {
    return `${answer.answer} ${count(answer.nearest.length, "near article")} below.`;
  }
  const from = answer.citations.map((citation) => datelineOf(citation) || titleOf(citation));
  const said = answer.conflicting
    ? `Sources disagree: ${answer.sentences.map((sentence) => sentence.text).join("; ")}`
    : answer.answer;
  return `${oneLine(said)}. From ${[...new Set(from)].join("; ")}. ${likely(answer.confidence)}.`;
}
