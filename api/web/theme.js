// Light or dark, as the system has it or as it was chosen here. A script of its own in the head,
// not a module, so that no page is drawn first in the colours that were not chosen.
"use strict";

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => root.dataset.theme ?? (system.matches ? "dark" : "light");
  const other = () => (chosen() === "dark" ? "light" : "dark");

  try {
    const kept = localStorage.getItem("theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch {
    // A browser may forbid the storage; then the choice lasts as long as the page.
  }

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("switch-theme");
    const name = () => {
      button.textContent = other() === "dark" ? "Dark" : "Light";
      button.setAttribute("aria-label", `${button.textContent} colours`);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = other();
      try {
        localStorage.setItem("theme", root.dataset.theme);
      } catch {
        // As above.
      }
      name();
    });
    system.addEventListener("change", name);
    name();
  });
})();
