// A response of server-sent events -> the events, as api/stream.py sends them: `data: {...}` each,
// `data: [DONE]` last, and comments to keep the connection open.

/** Yields each event, until the end or until the connection ends. */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const pieces = (held + value).split("\n\n");
      held = pieces.pop();
      for (const piece of pieces) {
        if (piece === "data: [DONE]") return;
        if (piece.startsWith("data: ")) yield JSON.parse(piece.slice("data: ".length));
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever stops listening stops the work
  }
}
