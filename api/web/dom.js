// Elements without markup: a string that is given to them can only ever be shown as text.

export const byId = (id) => document.getElementById(id);

/** An element. `properties` that it does not have become attributes; a null child is left out. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A button that does something. */
export function button(words, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, words);
}

/** Opens a dialog; the browser keeps the focus in it, closes it on Escape and gives focus back. */
export function open(dialog) {
  if (!dialog.open) dialog.showModal();
}

let last = "";

/** Tells a screen reader, once. */
export function announce(words) {
  // The same words again are no change, which a screen reader would not speak.
  last = words === last ? `${words}\u00a0` : words;
  byId("status").textContent = last;
}
