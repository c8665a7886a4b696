// Comfort only: the pages are whole without it.
"use strict";

const box = document.getElementById("q");
const list = document.getElementById("suggestions");
let chosen = -1;
let asking = null;
let typed = box.value;

// A list box that belongs to the search box, as screen readers know it.
box.setAttribute("role", "combobox");
box.setAttribute("aria-autocomplete", "list");
box.setAttribute("aria-controls", "suggestions");
box.setAttribute("aria-expanded", "false");

function close() {
  list.hidden = true;
  chosen = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function show(completions) {
  list.replaceChildren();
  completions.forEach((completion, index) => {
    const item = document.createElement("li");
    item.id = "suggestion-" + index;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.query = completion.query;
    const shown = document.createElement("span");
    shown.textContent = completion.shown;
    item.append(shown);
    if (completion.name !== null) {
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = completion.name;
      item.append(name);
    }
    if (completion.count !== null) {
      const count = document.createElement("span");
      count.className = "count";
      count.textContent = completion.count.toLocaleString("en");
      item.append(count);
    }
    // Before the box loses the focus.
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(item);
      close();
      box.focus();
    });
    list.append(item);
  });
  list.hidden = completions.length === 0;
  chosen = -1;
  box.setAttribute("aria-expanded", String(!list.hidden));
}

function take(item) {
  box.value = item ? item.dataset.query : typed;
}

function choose(index) {
  const items = list.children;
  chosen = (index + items.length + 1) % (items.length + 1);
  for (let at = 0; at < items.length; at++) items[at].setAttribute("aria-selected", String(at === chosen));
  const item = chosen < items.length ? items[chosen] : null;
  if (item) box.setAttribute("aria-activedescendant", item.id);
  else box.removeAttribute("aria-activedescendant");
  take(item);
}

async function ask() {
  if (asking) asking.abort();
  typed = box.value;
  if (typed.trim() === "" || typed.length > 300) return close();
  asking = new AbortController();
  try {
    const answer = await fetch("/api/suggest?q=" + encodeURIComponent(typed), { signal: asking.signal });
    if (answer.ok && box.value === typed && document.activeElement === box) show((await answer.json()).completions);
  } catch (error) {
    // Typed on, or the server is gone: the form says so when it is sent.
  }
}

let waiting = 0;
box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 120);
});
box.addEventListener("blur", close);
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    if (list.hidden) box.blur();
    else { take(null); close(); }
    event.preventDefault();
  } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    choose(event.key === "ArrowDown" ? chosen + 1 : (chosen < 0 ? list.children.length : chosen) - 1);
    event.preventDefault();
  }
});

// j and k go through the hits, Enter opens the one that has the focus, / goes to the box.
const hits = [...document.querySelectorAll(".hit")];
let here = -1;
function move(by) {
  if (hits.length === 0) return;
  here = Math.max(0, Math.min(hits.length - 1, here + by));
  hits.forEach((hit, index) => hit.classList.toggle("here", index === here));
  hits[here].querySelector("h2 a").focus();
  hits[here].scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  const inText = event.target.closest("input, textarea, select, [contenteditable]");
  if (inText || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
});
