"use strict";
// Without this the page is whole: it only narrows what is shown.
(() => {
  const find = document.getElementById("find");
  if (!find) return;
  const groups = [...document.querySelectorAll("details.group")].map((details) => ({
    details,
    box: document.querySelector(`.groups input[value="${details.id}"]`),
    number: document.querySelector(`.groups input[value="${details.id}"]`).closest("li").querySelector("span"),
    articles: [...details.querySelectorAll("article")].map((node) => [node, node.textContent.toLowerCase()]),
    wasOpen: details.open,
  }));
  const total = groups.reduce((sum, group) => sum + group.articles.length, 0);
  let words = [];

  const show = () => {
    const searched = words.length > 0;
    words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of groups) {
      let hits = 0;
      for (const [node, text] of group.articles) {
        node.hidden = !words.every((word) => text.includes(word));
        hits += !node.hidden;
      }
      if (!searched && words.length) group.wasOpen = group.details.open;
      if (words.length) group.details.open = hits > 0;
      else if (searched) group.details.open = group.wasOpen;
      group.number.textContent = hits;
      group.details.hidden = !group.box.checked || hits === 0;
      if (group.box.checked) shown += hits;
    }
    const all = shown === total ? "" : ` of ${total}`;
    document.getElementById("count").textContent = `${shown}${all} shown`;
  };

  find.addEventListener("input", show);
  for (const { box } of groups) {
    box.hidden = false;
    box.addEventListener("change", show);
  }
  document.getElementById("controls").hidden = false;
  show();
})();
