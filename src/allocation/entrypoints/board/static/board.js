// Makes pages live, and opens previews in a dialog. Without it, everything works by links and forms.
const [live, dialog] = ["live", "dialog"].map((id) => document.getElementById(id));
document.body.toggleAttribute("data-no-clipboard", !navigator.clipboard);
const FASTEST = 1_000; // milliseconds between two refreshes

// --- Morphing: makes `from` look like `to` but keeps its nodes, and with them focus and scroll.

const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || null : null);
const isEdited = (node) =>
  node.matches("input, textarea, select") &&
  (node === document.activeElement || (node.defaultValue !== undefined && node.value !== node.defaultValue));

function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== 1) {
    from.nodeValue = to.nodeValue;
    return flash(from.parentElement);
  }
  if (isEdited(from)) return;
  const kept = from.localName === "details" ? "open" : null;
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== kept) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (name !== kept && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  morphChildren(from, to);
}

function morphChildren(from, to) {
  const byKey = new Map([...from.children].filter(keyOf).map((node) => [keyOf(node), node]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = keyOf(wanted);
    let match = key ? byKey.get(key) : place;
    if (match && (match.nodeName !== wanted.nodeName || keyOf(match) !== key)) match = null;
    if (!match) {
      from.insertBefore(wanted, place);
      if (key) flash(wanted);
      continue;
    }
    if (match !== place) (from.moveBefore ?? from.insertBefore).call(from, match, place);
    morph(match, wanted);
    place = match.nextSibling;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function flash(node) {
  const cell = node?.closest("td, th, dd, li, tr");
  if (!cell) return;
  cell.classList.remove("changed");
  requestAnimationFrame(() => cell.classList.add("changed"));
  setTimeout(() => cell.classList.remove("changed"), 1600);
}

// --- Refreshing: the page's own address again, and of the answer only the parts that are live.

let etag = "", waiting = false, refreshing = false, refreshedAt = 0;
let held = 0; // parts that are out of date, because the user points at them

const isPaused = () => document.body.dataset.paused !== undefined;

function parts() {
  return [...document.querySelectorAll("[data-live]")].filter((part) => !part.parentElement.closest("[data-live]"));
}

/** Whether a swap would move what the user is about to click, or is among. */
function wouldMove(part, fresh) {
  const order = (node) => [...node.querySelectorAll("[data-key], [id]")].map(keyOf).join("\n");
  if (order(part) === order(fresh)) return false;
  if (document.querySelector("main :is(a, button, summary, label, input, select, textarea):hover")) return true;
  return part.matches(":hover") || part.contains(document.activeElement);
}

async function refresh() {
  if (waiting) return;
  waiting = true;
  const pause = FASTEST - (Date.now() - refreshedAt);
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  while (refreshing) await new Promise((resolve) => setTimeout(resolve, 100));
  waiting = false;
  if (!parts().length) return show("", ""); // nothing on this page changes by itself
  if (document.hidden || isPaused()) return;
  refreshing = true;
  try {
    const headers = { Accept: "text/html", ...(etag && { "If-None-Match": etag }) };
    const answer = await fetch(location.href, { headers, redirect: "manual", cache: "no-store" });
    if (answer.ok) {
      etag = answer.headers.get("ETag") ?? "";
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
    if (answer.ok || answer.status === 304) updated();
    else if (answer.type === "opaqueredirect" || answer.status === 404) location.reload(); // to the login, or gone
    else lost();
  } catch {
    lost();
  } finally {
    refreshedAt = Date.now();
    refreshing = false;
  }
}

function swap(page) {
  document.title = page.title;
  document.body.dataset.refresh = page.body.dataset.refresh ?? "";
  held = 0;
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    const isHeld = wouldMove(part, fresh);
    countNew(part, isHeld && fresh);
    if (isHeld) held += 1;
    else morph(part, document.adoptNode(fresh));
  }
  if (held) etag = ""; // what was held is asked for again
}

/** Tell how many rows would come in above those that the user points at. */
function countNew(part, fresh) {
  const note = document.getElementById(`${part.id}-new`);
  if (!note) return;
  const present = new Set([...part.querySelectorAll("[data-key]")].map(keyOf));
  const added = fresh ? [...fresh.querySelectorAll("[data-key]")].filter((row) => !present.has(keyOf(row))) : [];
  note.textContent = added.length ? `${added.length} new` : "";
}

for (const type of ["pointerover", "focusin"]) document.addEventListener(type, () => held && refresh());

// --- Liveness: one stream for all tabs of a browser, since HTTP/1.1 has six connections per host.

const PATIENCE = 10_000; // milliseconds without a sign of the stream, after which a page is not live
let source = null; // the stream, in the tab that has it
let heardAt = Date.now();

function show(state, text) {
  if (live.textContent !== text) live.textContent = text; // a screen reader announces each change
  live.dataset.state = state;
}
const time = () => new Date().toLocaleTimeString("en-GB", { timeZone: document.body.dataset.zone });
let lastUpdate = time();
const lost = () => show("lost", `Not live, last updated ${lastUpdate}`);
function updated() {
  lastUpdate = time();
  if (Date.now() - heardAt > PATIENCE) lost();
  else if (!isPaused()) show("live", held ? "Live, new rows wait" : "Live");
}

const tabs = new BroadcastChannel("allocation");
const tell = (news) => (hear(news), tabs.postMessage(news));
const isOpen = () => source?.readyState === EventSource.OPEN;
function hear(news) {
  if (news === "is it open?") return isOpen() && tabs.postMessage("open");
  if (news === "lost") lost();
  else heardAt = Date.now();
  if (news !== "open") refresh(); // after a loss, it finds out whether the session has ended
}
/** Follow the stream until it ends for good: then another tab, or this one later, tries again. */
function follow() {
  return new Promise((resolve) => {
    source = new EventSource(document.body.dataset.changes);
    const end = () => (source.close(), resolve());
    source.addEventListener("changed", () => tell("changed"));
    source.onopen = () => tell("changed"); // what happened before the stream was open
    source.onerror = () => {
      tell("lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(end, PATIENCE / 2);
    };
    addEventListener("pagehide", end, { once: true });
    if (!navigator.locks) document.addEventListener("visibilitychange", end, { once: true });
  });
}
async function keepFollowing() {
  for (;;) {
    if (navigator.locks) await navigator.locks.request("allocation-stream", follow);
    else if (!document.hidden) await follow(); // without a secure context, there is no lock
    else await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
  }
}
function tick() {
  const seconds = Number(document.body.dataset.refresh);
  if (isOpen()) heardAt = Date.now();
  else tabs.postMessage("is it open?");
  if (seconds) etag = "";
  if (seconds || Date.now() - heardAt > PATIENCE) refresh();
  setTimeout(tick, (seconds || 5) * 1_000);
}
tabs.onmessage = ({ data }) => hear(data);
keepFollowing();
setTimeout(tick, 5_000);
refresh();
document.addEventListener("visibilitychange", refresh);
addEventListener("pageshow", (event) => event.persisted && location.reload());

// --- Dialog: a link or form with `data-dialog` shows the sheet of its page.

let behind = null; // the sheet that led to the one in the dialog, with what was typed into it
async function open(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  const sheet = page?.getElementById("sheet");
  if (!sheet) return location.assign(address);
  sheet.removeAttribute("id");
  sheet.setAttribute("aria-labelledby", "dialog-title");
  sheet.querySelector("h1, h2").id = "dialog-title";
  behind = dialog.open ? dialog.firstElementChild : null;
  dialog.replaceChildren(document.adoptNode(sheet));
  if (!dialog.open) dialog.showModal();
  (sheet.querySelector("[autofocus]") ?? sheet.querySelector("input:not([type=hidden]), button, a"))?.focus();
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-dialog], dialog [data-close]");
  if (link) {
    event.preventDefault();
    if (link.dataset.close === "previous" && behind) {
      dialog.replaceChildren(behind);
      behind.querySelector("input:not([type=hidden])")?.focus();
    } else if ("close" in link.dataset) dialog.close();
    else open(link.href);
  }
  const [copy, button] = ["[data-copy]", "[data-pause]"].map((name) => event.target.closest(name));
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => {
    copy.textContent = "Copied";
    copy.removeAttribute("aria-label");
  });
  if (button) pause(button);
});
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!("dialog" in form.dataset)) return;
  event.preventDefault();
  const address = submitter?.getAttribute("formaction") ?? form.action;
  open(`${address}?${new URLSearchParams(new FormData(form, submitter))}`);
});
function pause(button) {
  document.body.toggleAttribute("data-paused");
  button.textContent = isPaused() ? "Resume" : "Pause";
  if (isPaused()) show("paused", `Paused at ${time()}`);
  else refresh();
}
document.addEventListener("keydown", (event) => {
  const isTyped = event.target.closest("input, textarea, select, dialog");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyped) return;
  event.preventDefault();
  document.getElementById("search").focus();
});
