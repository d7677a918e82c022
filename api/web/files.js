// Files -> articles, each as JSON, with the place that an error names. As index/sources reads them:
// .txt is one article, .jsonl one on each line; .json is one, a list, or {"articles": [...]}.

const MOST_BYTES = 100_000_000; // of one file; a browser holds it whole
const LARGE = "put it in with `dateline ingest FILE` on the server's machine";
const ONE_A_LINE = 'give one JSON object on each line, for example {"text": "..."}';

// The header of the seeds: ` date 2024-01-15 (MENAFN- The Rio Times) Russia is ...`
const HEADER =
  /^\s*date[ \t]+([0-9]+-[0-9]+-[0-9]+)[ \t]*\(((?:[^()\r\n]|\([^()\r\n]{0,200}\)){0,200})\)\s*/;

/** For each article `{place, json}`, and `{place, field, problem}` for what is none. */
export async function* readFiles(files) {
  for (const file of files) {
    const read = { txt, json, jsonl }[file.name.split(".").pop().toLowerCase()];
    if (!read) {
      yield wrong(file.name, "file", "is of no format that is read; give .txt, .json or .jsonl");
    } else if (file.size > MOST_BYTES) {
      yield wrong(file.name, "file", `is larger than 100 MB; ${LARGE}`);
    } else {
      yield* placed(file, read);
    }
  }
}

async function* placed(file, read) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch (error) {
    const why = error instanceof TypeError ? "is not UTF-8; save it as UTF-8" : "cannot be read";
    yield wrong(file.name, "file", why);
    return;
  }
  yield* read(text, file.name);
}

function* txt(text, name) {
  const header = HEADER.exec(text);
  if (!header) {
    yield { place: name, json: JSON.stringify({ id: name, text }) };
    return;
  }
  // `AGENCY- SOURCE`: the agency passed the report on, the source wrote it.
  const [agency, ...rest] = header[2].split("- ");
  const source = rest.join("- ").trim() || agency.replace(/^[\s-]+|[\s-]+$/g, "") || null;
  const article = { id: name, text: text.slice(header[0].length), published_at: header[1], source };
  yield { place: name, json: JSON.stringify(article) };
}

function* jsonl(text, name) {
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    if (!line.trim()) continue;
    const place = `${name}:${number}`;
    const [parsed, notJson] = parse(line);
    const why = notJson || (isObject(parsed) ? "" : "is JSON and not an object");
    if (why) yield wrong(place, "line", `${why}; ${ONE_A_LINE}`);
    else yield { place, json: line.trim() }; // as it is: a browser would round long numbers
  }
}

function* json(text, name) {
  const [parsed, why] = parse(text);
  if (why) {
    yield wrong(name, "file", why);
    return;
  }
  const isOne = isObject(parsed) && !("articles" in parsed);
  const articles = isOne ? [parsed] : (parsed?.articles ?? parsed);
  if (!Array.isArray(articles)) {
    yield wrong(name, "file", 'holds no article; give one, a list of them, or {"articles": [...]}');
    return;
  }
  for (const [at, article] of articles.entries()) {
    const place = isOne ? name : `${name}[${at}]`;
    if (typeof article?.id === "number" && !Number.isSafeInteger(article.id)) {
      yield wrong(place, "id", "is a number that a browser would round; give it as a string");
    } else {
      yield { place, json: JSON.stringify(article) };
    }
  }
}

function parse(text) {
  try {
    return [JSON.parse(text), ""];
  } catch (error) {
    return [null, `is not JSON: ${error.message}`];
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const wrong = (place, field, problem) => ({ place, field, problem });
