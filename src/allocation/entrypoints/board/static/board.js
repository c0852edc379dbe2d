// Makes pages live, and opens previews in a dialog. Without it, everything works by links and forms.
const live = document.getElementById("live");
const dialog = document.getElementById("dialog");
const FASTEST = 800; // milliseconds between two refreshes
const RECONNECT = 5000; // milliseconds until a refused stream is tried again

// --- Morphing: makes `from` look like `to` but keeps its nodes, and with them focus and scroll.

const KEPT = { DETAILS: "open", DIALOG: "open" };
const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || null : null);
const isEdited = (node) =>
  node.matches("input, textarea, select") &&
  (node === document.activeElement || (node.defaultValue !== undefined && node.value !== node.defaultValue));

function morph(from, to) {
  if (from.nodeType !== 1) {
    if (from.nodeValue !== to.nodeValue) {
      from.nodeValue = to.nodeValue;
      flash(from.parentElement);
    }
    return;
  }
  if (from.isEqualNode(to) || "keep" in from.dataset || isEdited(from)) return;
  const kept = KEPT[from.nodeName];
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
  cell.addEventListener("animationend", () => cell.classList.remove("changed"), { once: true });
}

// --- Refreshing: the page's own address again, and of the answer only the parts that are live.

let etag = "";
let waiting = false;
let refreshing = false;
let isHeld = false; // rows wait until the pointer and the focus are elsewhere
let refreshedAt = 0;

const isPaused = () => document.body.dataset.paused !== undefined;

function parts() {
  return [...document.querySelectorAll("[data-live]")].filter((part) => !part.parentElement.closest("[data-live]"));
}

/** Whether the user is about to click something that a part could move, or is among its rows. */
function isBusy(part) {
  if (document.querySelector("main :is(a, button, summary, label, input, select, textarea):hover")) return true;
  return part.dataset.live === "rows" && (part.matches(":hover") || part.contains(document.activeElement));
}
const order = (part) => [...part.querySelectorAll("[data-key], [id]")].map(keyOf).join("\n");

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
    else if (answer.type === "opaqueredirect") location.reload(); // to the login
    else lost();
  } catch {
    lost();
  } finally {
    refreshedAt = Date.now();
    refreshing = false;
  }
}

function swap(page) {
  isHeld = false;
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    const moves = order(part) !== order(fresh) && isBusy(part);
    counter(part, moves ? newRows(part, fresh) : 0);
    if (moves) isHeld = true;
    else morph(part, document.adoptNode(fresh));
  }
  if (isHeld) etag = ""; // the next answer has the rows once more
}

/** The number of rows that would come in above those that the user points at. */
function newRows(part, fresh) {
  const present = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  return [...fresh.querySelectorAll("[data-key]")].filter((row) => !present.has(row.dataset.key)).length;
}

function counter(part, added) {
  const note = document.getElementById(`${part.id}-new`);
  if (note) note.textContent = added ? `${added} new` : "";
}

// --- Liveness: one stream for all tabs of a browser, since HTTP/1.1 has six connections per host.

function show(state, text) {
  if (live.dataset.state !== state || live.textContent !== text) {
    live.dataset.state = state;
    live.textContent = text;
  }
}
const time = () => new Date().toLocaleTimeString("en-GB");
let lastUpdate = time();
function updated() {
  lastUpdate = time();
  if (!isPaused()) show("live", isHeld ? "Live, new rows wait" : "Live");
}
const lost = () => show("lost", `Not live, last updated ${lastUpdate}`);

const tabs = new BroadcastChannel("allocation");
const tell = (news) => {
  hear(news);
  tabs.postMessage(news);
};
function hear(news) {
  if (news === "changed") refresh();
  if (news === "lost") lost();
}
function follow(release) {
  let source = null;
  const connect = () => {
    source = new EventSource(document.body.dataset.changes);
    source.addEventListener("changed", () => tell("changed"));
    source.onopen = () => tell("changed"); // what happened before the stream was open
    source.onerror = () => {
      tell("lost");
      if (source.readyState !== EventSource.CLOSED) return; // it connects again by itself
      tell("changed"); // a page whose session has ended leads to the login
      setTimeout(connect, RECONNECT);
    };
  };
  connect();
  addEventListener("pagehide", () => {
    source.close();
    release();
  });
}
function start() {
  tabs.onmessage = ({ data }) => hear(data);
  const lead = () => new Promise(follow);
  if (navigator.locks) navigator.locks.request("allocation-stream", lead);
  else if (!document.hidden) lead(); // without a secure context, there is no lock
  refresh();
  const seconds = Number(document.body.dataset.refresh);
  if (seconds) setInterval(() => { etag = ""; refresh(); }, seconds * 1000);
  document.addEventListener("visibilitychange", refresh);
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, () => isHeld && refresh());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
start();

// --- Dialog: a link or form with `data-dialog` shows the sheet of its page.

async function open(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  const sheet = page?.getElementById("sheet");
  if (!sheet) return location.assign(address);
  sheet.removeAttribute("id");
  sheet.setAttribute("aria-labelledby", "dialog-title");
  sheet.querySelector("h1, h2").id = "dialog-title";
  dialog.replaceChildren(document.adoptNode(sheet));
  if (!dialog.open) dialog.showModal();
  (sheet.querySelector("[autofocus]") ?? sheet.querySelector("input:not([type=hidden]), button, a"))?.focus();
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-dialog], dialog [data-close]");
  if (link) {
    event.preventDefault();
    if ("close" in link.dataset) dialog.close();
    else open(link.href);
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.textContent = "Copied"; });
  if (event.target.closest("[data-pause]")) pause(event.target.closest("[data-pause]"));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("dialog" in form.dataset)) return;
  event.preventDefault();
  open(`${form.action}?${new URLSearchParams(new FormData(form, event.submitter))}`);
});
function pause(button) {
  document.body.toggleAttribute("data-paused");
  button.textContent = isPaused() ? "Go on" : "Pause";
  if (isPaused()) show("paused", `Paused at ${time()}`);
  else refresh();
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  document.getElementById("search").focus();
});
