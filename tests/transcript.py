"""Asks a server through the `openai` package and prints what a person would see, as Markdown.

make run
.venv/bin/python -m tests.transcript > docs/openai.md
"""

import asyncio
import sys

from tests.typed import Step, typed

ADDRESS = "http://127.0.0.1:8000"

HEAD = """\
# Through OpenAI's client

What the `openai` package (3.54.0) shows of a server with the articles of `seeds/`. With a server \
that `make run` has started, this page is made by

    .venv/bin/python -m tests.transcript > docs/openai.md
"""

STEPS: tuple[Step, ...] = (
    (
        "Any key will do where the server asks for none.",
        """\
import openai
client = openai.OpenAI(base_url="{address}/v1", api_key="none")
[model.id for model in client.models.list()]
""",
    ),
    (
        "The last message of the user's is the question. A system message has no effect.",
        """\
question = {{"role": "user", "content": "what was the 2018 agreement?"}}
system = {{"role": "system", "content": "Answer in rhyme."}}
create = client.chat.completions.create
said = create(model="dateline", messages=[system, question])
message = said.choices[0].message
message.content
""",
    ),
    (
        "An annotation locates what is attested in the message; `citations` locate the quote, and "
        "in it the answer, in the article.",
        """\
cited = message.annotations[0].url_citation
message.content[cited.start_index : cited.end_index], cited.title, cited.url
quote = message.citations[0]
quote["cited_text"]
quote["article_id"], quote["start_char_index"], quote["end_char_index"]
""",
    ),
    (
        "Streamed, the sources come with the last piece.",
        """\
chunks = list(create(model="dateline", messages=[question], stream=True))
[chunk.choices[0].delta.content for chunk in chunks]
chunks[-1].choices[0].finish_reason, len(chunks[-1].choices[0].delta.citations)
""",
    ),
    (
        "A question that leans on the conversation is looked up with what it needs of it.",
        """\
answer = {{"role": "assistant", "content": message.content}}
follow_up = {{"role": "user", "content": "and what was it aimed at?"}}
said = create(model="dateline", messages=[question, answer, follow_up])
said.choices[0].message.content
""",
    ),
    (
        "A refusal is a message too.",
        """\
other = {{"role": "user", "content": "who won the 1950 chess championship?"}}
refusal = create(model="dateline", messages=[other]).choices[0]
print(refusal.message.content)
refusal.finish_reason, refusal.message.abstained, refusal.message.citations
""",
    ),
    (
        "Errors are those that the package knows.",
        """\
picture = {{"type": "image_url", "image_url": {{"url": "https://news.example/a.png"}}}}
def refused(**given):
    try:
        create(**given)
    except openai.APIStatusError as error:
        print(type(error).__name__, error.code, error.param)
        print(error.body["message"])

refused(model="dateline", messages=[{{"role": "user", "content": [picture]}}])
refused(model="gpt-4o", messages=[question])
refused(model="dateline", messages=[question], response_format={{"type": "json_object"}})
""",
    ),
)


def transcript(address: str) -> str:
    """The page. Raises whatever the client raises."""
    steps = [(words, code.format(address=address)) for words, code in STEPS]
    return "\n".join([HEAD, asyncio.run(typed(steps, {"__name__": "__main__"}))])


if __name__ == "__main__":
    print(transcript(*(sys.argv[1:] or [ADDRESS])), end="")
