// The server's API key, if it has one: asked for when it is needed, kept until the tab is closed.

import { byId, open } from "./dom.js";

const NAME = "dateline-key";
let asking = null;

/** The headers that show the key, as bytes of UTF-8: a header's letters are bytes. */
export function keyHeaders() {
  const key = sessionStorage.getItem(NAME);
  if (!key) return {};
  const bytes = new TextEncoder().encode(key);
  return { Authorization: `Bearer ${String.fromCharCode(...bytes)}` };
}

/** Asks for a key; `why` is what the server said. Whether one was given. */
export function askForKey(why) {
  asking ??= ask(why).finally(() => (asking = null)); // several requests may be refused at once
  return asking;
}

function ask(why) {
  const dialog = byId("key");
  byId("key-note").textContent = why;
  byId("key-field").value = "";
  dialog.returnValue = "";
  open(dialog);
  return new Promise((resolve) => {
    const closed = () => {
      const given = byId("key-field").value.trim();
      const isGiven = dialog.returnValue === "use" && given !== "";
      if (isGiven) sessionStorage.setItem(NAME, given);
      resolve(isGiven);
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
