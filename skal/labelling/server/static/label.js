// The page of `skal label`. Answers go to an outbox in IndexedDB, then to the server, in order and
// each under a uuid of its own, so that none is lost and none counts twice.

const HOLD = 8, REFILL = 4, RENEW = 60_000, LOOK = 3_000, LONG = 20_000, KEYS = "1234567890";
const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const page = {
  task: null, client: "", queue: [], shown: new Map(), pictures: new Map(), answered: new Set(),
  outbox: [], sending: false, online: true, stop: "", refilling: null, past: [], at: -1, editing: null,
  since: 0, sat: [], progress: null, model: null, filter: "", ready: false, events: new Map(), changes: 0, token: "", prose: new Set(),
};

// ---- small things
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const visible = (text) => String(text).replace(/\r\n/g, "\n").replace(HIDDEN,
  (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
const number = (n) => n.toLocaleString("en");
const percent = (share) => `${Math.round(100 * share)}%`;
const count = (n, one, several = `${one}s`) => `${number(n)} ${n === 1 ? one : several}`;
let turn = 0;
function say(text) {
  $("live").textContent = text + (turn++ % 2 ? "\u00a0" : ""); // the same words twice are said twice
}
const uuid = () => crypto.randomUUID();
function setting(name, value, where = "localStorage") { // null where the browser forbids it
  try { return value === undefined ? window[where].getItem(name) : window[where].setItem(name, value); } catch { return null; }
}

class Refused extends Error {
  constructor(status, told) {
    super(told.message || `The server answered ${status}.`);
    Object.assign(this, { status, code: told.code, hint: told.hint || "", told });
  }
}
async function call(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(15_000) };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(`/api/v1${path}`, options); // a TypeError where nobody is there
  let told = {};
  try { told = await answer.json(); } catch (error) { if (answer.ok) throw error; }
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

// ---- the outbox
let base = null;
function wanted(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
async function openOutbox() {
  try {
    const opening = indexedDB.open(`skal-${page.task.store_uuid}`, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { keyPath: "n", autoIncrement: true });
    base = await wanted(opening);
    const kept = await wanted(base.transaction("outbox").objectStore("outbox").getAll());
    page.outbox = kept.filter((entry) => entry.who === page.task.annotator.id);
  } catch {
    base = null; // private windows: answers wait in the memory of the page
    banner("memory", "This browser cannot store answers: keep the page open until it says Saved.");
  }
  for (const entry of page.outbox.filter((one) => one.kind !== "undo")) {
    entry.tried = true; // by the page before, for all that is known
    page.answered.add(entry.item);
    const holds = !page.outbox.some((one) => one.kind === "undo" && one.target === entry.uuid);
    page.past.unshift({ ...stored(entry), holds });
  }
}
async function keep(entry) {
  page.outbox.push(entry);
  if (base) {
    entry.kept = wanted(base.transaction("outbox", "readwrite", { durability: "strict" })
      .objectStore("outbox").add(stored(entry))).then((n) => (entry.n = n), () => null);
  }
  showSaved();
  send();
}
const stored = ({ kept, tried, n, ...entry }) => entry;
async function forget(entry) {
  page.outbox = page.outbox.filter((one) => one !== entry);
  await entry.kept;
  if (base && entry.n) base.transaction("outbox", "readwrite").objectStore("outbox").delete(entry.n);
  showSaved();
}

async function send() {
  if (page.sending) return;
  page.sending = true;
  let wait = 500;
  while (page.outbox.length) {
    const entry = page.outbox[0];
    try {
      entry.tried = true; // from here on it can be undone only by an undo
      await entry.kept;
      await sendOne(entry);
      await forget(entry);
      reached();
      unbanner("full", "refused");
      wait = 500;
    } catch (error) {
      if (error instanceof Refused && [400, 404, 409, 413, 422].includes(error.status) && error.code !== "source_changed") {
        await refusedAnswer(entry, error);
        continue;
      }
      if (error instanceof Refused) trouble(error);
      else offline();
      page.wake = null;
      await Promise.race([sleep(wait), new Promise((done) => (page.wake = done))]);
      wait = Math.min(2 * wait, 5_000);
    }
  }
  page.sending = false;
  refill();
}
async function sendOne(entry) {
  if (entry.kind === "undo") {
    const event = entry.event ?? page.events.get(entry.target);
    if (event == null) return; // what it takes back was given up
    const told = await call("POST", `/events/${event}/undo`, { uuid: entry.uuid, client: page.client });
    const past = page.past.find((one) => one.id === event);
    if (past) past.holds = false;
    const lease = told.lease;
    const mine = page.queue.find((one) => one.item === entry.item);
    if (!lease) later(() => fetchHistory().catch(() => null));
    if (mine && lease) Object.assign(mine, { id: lease.id });
    else if (lease && !page.answered.has(lease.item)) {
      page.queue.unshift({ ...lease, ...(await look(lease.item)) });
      show();
    } else if (mine && !page.outbox.some((one) => one.item === entry.item && one.kind !== "undo")) {
      page.queue.splice(page.queue.indexOf(mine), 1); // somebody else has answered it meanwhile
      show();
    }
  } else {
    const { item, kind, value, reason, undoes, seconds } = entry;
    const told = await call("POST", "/events", {
      uuid: entry.uuid, item, kind, value, reason, undoes, seconds, client: page.client,
    });
    page.events.set(entry.uuid, told.event);
    const past = page.past.find((one) => one.uuid === entry.uuid);
    if (past) past.id = told.event;
  }
  showHistory();
}
async function refusedAnswer(entry, error) {
  const standing = error.told.standing || [];
  const theirs = standing.find((one) => one.annotator !== page.task.annotator.id);
  const mine = entry.kind === "undo" ? "an undo" : said(entry);
  let choice = "drop";
  if (theirs && entry.kind !== "undo") {
    choice = await ask("Somebody else has answered this item", [
      `Their answer: ${said(theirs)}`, `Your answer: ${mine}`, excerpt(entry.item),
    ], [["drop", "Keep theirs"], ["take", "Use mine", "class"]]);
  } else if (error.code === "unknown_class") {
    choice = await ask(`${mine} is not a class any more`, [error.message, excerpt(entry.item)],
      [["drop", "Discard this answer"], ["add", "Add the class", "class"]]);
  } else {
    choice = await ask(entry.kind === "undo" ? "This cannot be undone" : "This answer was not accepted",
      [error.message, `${mine}: ${excerpt(entry.item)}`], [["drop", "Continue", "class"]]);
  }
  const next = choice === "take" ? { ...stored(entry), uuid: uuid(), undoes: theirs.event } : null;
  if (choice === "add") return addClass(entry.value, true);
  const past = page.past.findIndex((one) => one.uuid === entry.uuid);
  if (past >= 0 && !next) page.past.splice(past, 1);
  if (past >= 0 && next) page.past[past].uuid = next.uuid;
  await forget(entry);
  if (next) keep(next);
  showHistory();
}

// ---- saved, offline, banners
function showSaved() {
  const n = page.outbox.length;
  const state = !page.online || page.stop ? "offline" : n ? "saving" : "saved";
  $("saved").dataset.state = state;
  const kept = n ? ` · ${n} kept` : "";
  $("saved-text").textContent = { saved: "Saved", saving: "Saving…", offline: (page.stop || "Offline") + kept }[state];
}
function offline() {
  if (page.online) say("Offline. This browser keeps your answers, and sends them when the server is back.");
  page.online = false;
  banner("offline", "The server cannot be reached. You can continue: this browser keeps your answers, and sends them when the server is back. "
    + "If skal label was stopped, start it again.");
  showSaved();
}
function reached() {
  if (!page.online) say("Online again.");
  page.online = true;
  if (!paused()) page.stop = "";
  unbanner("offline");
  showSaved();
}
function trouble(error) {
  if (error.status === 507) {
    page.stop = "Not saved";
    banner("full", "The disk of the server is full. This browser keeps your answers, and sends them when there is space again.");
  } else if (error.code === "source_changed") {
    const before = paused();
    page.stop = "Paused";
    if (!before) { show(); say("Labelling is paused: the file has changed."); }
  } else if (error.status === 401) {
    page.stop = "No session";
    if (page.task) banner("session", "Your session has ended. Open your link again. This browser keeps your answers until then.");
  } else {
    page.stop = "Not saved";
    banner("refused", `${error.message} ${error.hint} This browser keeps your answers.`);
  }
  showSaved();
}
function banner(key, text, label, action) {
  const old = $(`banner-${key}`);
  if (old) { if (old.dataset.text === text) return; old.remove(); }
  const one = make("div", { class: "banner", id: `banner-${key}` }, make("p", {}, visible(text)));
  one.dataset.text = text;
  if (label) one.append(make("button", { onclick: action }, label));
  $("banners").append(one);
  if (key !== "offline") say(text);
}
function unbanner(...keys) {
  for (const key of keys) $(`banner-${key}`)?.remove();
}

// ---- items
async function look(item) {
  if (!page.shown.has(item)) page.shown.set(item, await call("GET", `/items/${item}`));
  return page.shown.get(item);
}
function refill() {
  if (page.refilling || (page.queue.length > REFILL && !paused()) || !page.task) return page.refilling;
  page.refilling = fetchLeases().finally(() => (page.refilling = null));
  return page.refilling;
}
async function fetchLeases() {
  try {
    const n = Math.min(100, HOLD + page.outbox.filter((entry) => entry.kind !== "undo").length);
    const { leases } = await call("POST", "/leases", { client: page.client, n });
    const had = current();
    for (const lease of leases) {
      page.shown.set(lease.item, lease);
      const known = page.queue.find((one) => one.item === lease.item);
      if (known) known.id = lease.id;
      else if (!page.answered.has(lease.item)) page.queue.push(lease);
    }
    if (paused() || page.stop === "No session") page.stop = "";
    if (page.outbox.length) showSaved();
    else reached();
    unbanner("session");
    page.dry = page.queue.length ? 0 : (page.dry || 0) + 1;
    if (!page.editing && (current() !== had || !page.ready)) show();
    prefetch();
  } catch (error) {
    if (error instanceof Refused) trouble(error);
    else offline();
    if (!page.queue.length) show();
  }
}
async function renew() {
  if (document.hidden || !page.task) return;
  const ids = page.queue.map((one) => one.id).filter((id) => id != null);
  if (!ids.length) return;
  try {
    const { held } = await call("POST", "/leases/renew", { ids });
    const lost = page.queue.filter((one) => one.id != null && ids.includes(one.id) && !held.includes(one.id));
    if (!lost.length) return;
    const had = page.queue[0];
    page.queue = page.queue.filter((one) => !lost.includes(one));
    await (page.refilling || null);
    await refill();
    if (page.queue[0]?.item !== had?.item) {
      say("Somebody else got the previous item. This is the next one.");
      show();
    }
  } catch (error) {
    if (!(error instanceof Refused)) offline();
  }
}
const isPicture = (item) => /\.(png|jpe?g|gif|webp)$/i.test(item.name || "") && !("text" in item.cells);
function picture(item) {
  if (!page.pictures.has(item.item)) {
    const loading = fetch(`/api/v1/items/${item.item}/image`).then(async (answer) => {
      if (!answer.ok) throw new Refused(answer.status, await answer.json());
      const url = URL.createObjectURL(await answer.blob());
      const image = new Image();
      image.src = url;
      await image.decode();
      return image;
    });
    loading.catch(() => page.pictures.delete(item.item));
    page.pictures.set(item.item, loading);
    while (page.pictures.size > 40) {
      const [oldest, gone] = page.pictures.entries().next().value;
      page.pictures.delete(oldest);
      gone.then((image) => URL.revokeObjectURL(image.src), () => null);
    }
  }
  return page.pictures.get(item.item);
}
function prefetch() {
  for (const item of page.queue.slice(0, 4)) if (isPicture(item)) picture(item).catch(() => null);
}

const paused = () => page.stop === "Paused"; // the rows may be others by now
const current = () => (paused() ? undefined : page.editing?.item || page.queue[0]);
function show() {
  page.ready = true;
  const item = current();
  const place = $("item");
  place.replaceChildren();
  place.scrollTop = 0;
  $("editing").hidden = !page.editing;
  if (page.editing) $("editing-text").textContent = `Your answer: ${said(page.editing.event)}. Choose again to change it.`;
  if (item) {
    place.append(...(isPicture(item) ? pictureOf(item) : cellsOf(item)));
    place.setAttribute("aria-label", visible(placeOf(item)));
    page.since = performance.now();
  } else {
    place.append(nothing());
    place.setAttribute("aria-label", "No item");
  }
  showButtons();
}
function placeOf({ name, cells, row }) { // rows as Excel counts, or lines
  const { id, file } = page.task;
  return name ?? (id ? `${id} ${cells[id]}` : `Row ${number(row + (/\.(csv|tsv|xlsx)\b/i.test(file) ? 2 : 1))}`);
}
function cellsOf(item) {
  const cells = Object.entries(item.cells);
  const texts = cells.filter(([name]) => name !== (item.name != null ? "file" : page.task.id));
  const caption = make("p", { class: "place", dir: "auto" }, visible(placeOf(item)));
  if (texts.length === 1) return [caption, long(texts[0][1], "text")];
  const list = make("dl", { class: "row" });
  for (const [name, value] of texts.length ? texts : cells) {
    if ([item, ...page.queue].some((one) => one.cells[name]?.length > 80)) page.prose.add(name); // from now on, in each row
    const cell = make("dd", { dir: "auto", class: page.prose.has(name) ? "prose" : "" });
    clamp(cell, value, 1_200);
    list.append(make("dt", { dir: "auto" }, visible(name)), cell);
  }
  return [caption, list];
}
function long(value, kind) {
  const text = make("p", { class: value.length > 600 ? `${kind} long` : kind, dir: "auto" });
  clamp(text, value, LONG);
  return text;
}
function clamp(place, value, most) {
  if (value === "") return place.append(make("span", { class: "note" }, "(empty)"));
  if (value.length <= most) return place.append(visible(value));
  const all = make("button", { onclick: () => place.replaceChildren(visible(value)) }, `Show all ${number(value.length)} characters`);
  place.append(`${visible(value.slice(0, most))}… `, all);
}
function pictureOf(item) {
  const frame = make("div", { class: "frame" });
  const whole = make("div", { class: "picture" }, frame, make("p", { class: "place" }, visible(item.name)));
  picture(item).then((image) => {
    image.alt = `Image ${item.name}`;
    image.className = image.naturalWidth < 65 && image.naturalHeight < 65 ? "fit small" : "fit";
    image.onclick = () => image.classList.toggle("fit");
    frame.replaceChildren(image);
  }, (error) => frame.replaceChildren(make("p", { class: "state" },
    `${error instanceof Refused ? visible(error.message) : "This image cannot be shown."} Skip it.`)));
  return [whole];
}
function nothing() {
  const told = page.progress;
  const state = (title, ...texts) => make("div", { class: "state" }, make("h2", {}, title), ...texts);
  const p = (text) => make("p", {}, text);
  if (page.stop === "No session") return state("Open your link", p("Open the link that skal label printed in the terminal, or the link that you were sent."));
  if (paused()) return state("Labelling is paused", p("The file has changed since its rows were read. All labels are kept. Restore the file, or stop skal label and start it again with --rebind to use the file as it is now."));
  if (!page.online) return state("Waiting for the server", p("All loaded items are answered, and this browser keeps your answers. The next items come when the server is back."));
  if (told && told.queued > 0 && told.held >= told.queued) return state("Others have the last items", p("If one becomes free, it appears here."));
  if (told && (page.dry || 0) > 2 && told.queued === 0) {
    const end = state("Nothing left to label", p(`${count(told.labels, "label")}${told.skipped ? ` and ${count(told.skipped, "skip")}` : ""}. Every row is answered. Thank you.`));
    if (isOwner()) end.append(make("a", { class: "button class", href: "/api/v1/export?kind=csv", download: true }, "Download the labels"));
    return end;
  }
  return state("One moment", p("The next items are loading."));
}

// ---- answers
const isOwner = () => page.task?.annotator.role === "owner";
const said = (event) => event.kind === "skip" ? "Skipped" : event.kind === "undo" ? "Undone" : visible(event.value ?? "");
function excerpt(item) {
  const shown = page.shown.get(item);
  if (!shown) return "…";
  if (isPicture(shown) || page.task.id) return visible(placeOf(shown).slice(0, 160));
  const cells = Object.values(shown.cells);
  const texts = cells.filter((cell) => /\p{L}{2}/u.test(cell)); // a date or a number names no row
  const longest = (texts.length ? texts : cells).reduce((best, cell) => (cell.length > best.length ? cell : best), "");
  return visible(longest.slice(0, 160)) || visible(placeOf(shown));
}
function answer(kind, value = null, reason = undefined) {
  const item = current();
  if (!item) return;
  const seconds = page.editing ? undefined : Math.min((performance.now() - page.since) / 1000, 1e6);
  const entry = { uuid: uuid(), item: item.item, kind, value, reason, seconds, who: page.task.annotator.id };
  const before = mine().find((one) => one.item === item.item);
  if (before) { tally(before, -1); Object.assign(before, { holds: false, by: entry.uuid }); }
  tally(entry, 1);
  page.past.unshift({ uuid: entry.uuid, item: item.item, kind, value, holds: true, at: Date.now() / 1000 });
  page.answered.add(item.item);
  page.queue = page.queue.filter((one) => one.item !== item.item);
  if (page.editing) page.editing = null;
  else page.sat.push(performance.now());
  page.at = -1;
  page.filter = $("filter").value = "";
  press(kind === "skip" ? $("skip") : classButton(value));
  keep(entry);
  show();
  const next = current();
  say(`${said(entry)}. ${next ? excerpt(next.item) : "No item."}`);
  later(showPanel);
  prefetch();
  refill();
}
function tally(event, by) { // what the next look at the server will say, said at once
  const told = page.progress;
  page.changes++;
  if (!told) return;
  if (page.task.overlap === 1) told.done += by;
  if (event.kind === "skip") told.skipped += by;
  else {
    told.labels += by;
    told.classes[event.value] = (told.classes[event.value] || 0) + by;
  }
}
const mine = () => page.past.filter((one) => one.holds && (one.kind === "label" || one.kind === "skip"));
function undo(event = mine()[0]) {
  if (!event) return say("There is nothing to undo.");
  tally(event, -1);
  event.holds = false;
  page.editing = null;
  page.at = -1;
  page.answered.delete(event.item);
  const waiting = page.outbox.find((entry) => entry.uuid === event.uuid);
  const earlier = page.past.find((one) => one.by === event.uuid);
  if (waiting && !waiting.tried) {
    forget(waiting);
    page.past.splice(page.past.indexOf(event), 1);
  } else {
    keep({ uuid: uuid(), item: event.item, kind: "undo", target: event.uuid, event: event.id, who: page.task.annotator.id });
  }
  page.sat.pop();
  const shown = page.shown.get(event.item);
  if (earlier) { // what was corrected holds again
    earlier.holds = true;
    tally(earlier, 1);
    page.answered.add(event.item);
  } else if (shown) {
    page.queue = page.queue.filter((one) => one.item !== event.item);
    page.queue.unshift({ ...shown, id: waiting && !waiting.tried ? shown.id : null });
  }
  show();
  press($("undo"));
  say(`Undone: ${said(event)}. ${current() ? excerpt(current().item) : ""}`);
  later(showPanel);
}
async function edit(event) {
  let item;
  try { item = await look(event.item); } catch (error) {
    return error instanceof Refused ? trouble(error) : offline();
  }
  page.editing = { event, item };
  page.at = mine().indexOf(event);
  show();
  showHistory();
  say(`Changing an answer. ${said(event)}. ${excerpt(event.item)}`);
}
function leaveEditing() {
  if (!page.editing) return;
  page.editing = null;
  page.at = -1;
  show();
  showHistory();
}
function walk(step) {
  const events = mine();
  const to = page.at + step;
  if (to < 0) return leaveEditing();
  if (events[to]) edit(events[to]);
}
function press(button) {
  if (!button) return;
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 140);
}
const pending = new Set();
function later(work) { // after the next item is painted
  if (pending.has(work)) return;
  pending.add(work);
  setTimeout(() => { pending.delete(work); work(); }, 30);
}

// ---- classes
const classButton = (name) => [...$("classes").children].find((one) => one.dataset.name === name);
function showClasses() {
  const { classes, task } = page.task;
  const numbers = task === "regression";
  $("number-form").hidden = !numbers;
  $("classes").hidden = numbers;
  $("add-button").hidden = numbers || !isOwner();
  $("filter").hidden = numbers || classes.length <= KEYS.length;
  if (numbers) return;
  const wantedName = page.filter.toLowerCase();
  const shown = classes.filter((name) => name.toLowerCase().includes(wantedName));
  $("classes").replaceChildren(...shown.map((name) => {
    const key = KEYS[classes.indexOf(name)];
    const badge = key ? [make("kbd", { "aria-hidden": "true" }, key)] : [];
    const button = make("button", { class: "class", "aria-keyshortcuts": key, dir: "auto", onclick: () => answer("label", name) }, ...badge, visible(name));
    button.dataset.name = name;
    return button;
  }));
  $("add-button").className = classes.length ? "quiet" : "class";
  if (!classes.length) $("classes").append(make("p", { class: "note" }, `There is no class yet. ${isOwner() ? "Add the first one" : "The owner can add one"} with “New class…”.`));
  showButtons();
}
function showButtons() {
  const none = !current();
  for (const button of $("classes").querySelectorAll("button")) {
    button.disabled = none;
    button.classList.toggle("chosen", button.dataset.name === page.editing?.event.value);
  }
  $("skip").disabled = none;
  $("undo").disabled = !mine().length;
  $("number").disabled = none;
}
async function newClass() {
  const name = await ask("New class", [], [["", "Cancel"], ["ok", "Add", "class"]], "Name");
  if (name) await addClass(name, false);
}
async function addClass(name, sure) {
  try {
    const told = await call("PATCH", "/settings", { add_class: name, sure });
    page.task.classes = told.classes;
    showClasses();
    showCounts();
    say(`Class ${name} added.`);
  } catch (error) {
    if (!(error instanceof Refused)) return offline();
    if (error.code !== "similar_class") return banner("class", error.message, "OK", () => unbanner("class"));
    const similar = error.told.similar;
    const choice = await ask("A very similar class exists", [`“${similar}” differs from “${name}” only in case, spaces or accents.`],
      [["", `Keep ${similar}`], ["sure", `Add ${name}`, "class"]]);
    if (choice) await addClass(name, true);
  }
}

// ---- dialogs
let asking = Promise.resolve();
function ask(title, texts, choices, label) {
  const turnOf = asking.then(() => new Promise((done) => {
    const dialog = $("ask");
    $("ask-title").textContent = visible(title);
    $("ask-text").replaceChildren(...texts.flatMap((text) => [visible(text), make("br")]));
    $("ask-text").hidden = !texts.length;
    $("ask-label").textContent = label || "";
    $("ask-label").parentElement.hidden = !label;
    $("ask-input").value = "";
    $("ask-ends").replaceChildren(...choices.map(([value, text, kind]) => make("button", { value, class: kind || "", type: "submit" }, visible(text))));
    $("ask-input").onkeydown = (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      dialog.close(choices.at(-1)[0]);
    };
    dialog.returnValue = "";
    dialog.onclose = () => {
      const chosen = dialog.returnValue;
      done(label ? (chosen ? $("ask-input").value.trim() : null) : chosen || choices[0][0]);
    };
    dialog.showModal();
    if (label) $("ask-input").focus();
    else $("ask-ends").firstChild.focus();
  }));
  asking = turnOf.catch(() => null);
  return turnOf;
}
async function skipWithReason() {
  if (!current()) return;
  const reason = await ask("Skip this item", ["The reason is saved with the answer."], [["", "Cancel"], ["ok", "Skip", "class"]], "Reason");
  if (reason !== null) answer("skip", null, reason || undefined);
}
const HELP = [
  [["1", "…", "9", "0"], "choose the class with this key"], [["/"], "find a class by name (Enter chooses the first)"],
  [["Space"], "skip"], [["Shift", "Space"], "skip, with a reason"], [["U", "Backspace", "Ctrl Z"], "undo"],
  [["←", "→"], "go to earlier answers, and back"], [["Esc"], "return to labelling"], [["P"], "show or hide the progress"], [["?"], "show this help"],
];
function showHelp() {
  $("keys").replaceChildren(...HELP.flatMap(([keys, text]) => [
    make("dt", {}, ...keys.map((key) => (key === "…" ? key : make("kbd", {}, key)))), make("dd", {}, text),
  ]));
  $("export").hidden = $("invite").hidden = !isOwner();
  $("help").showModal();
}

async function invite() {
  $("help").close();
  const name = await ask("Invite somebody", ["This person gets a personal link, which replaces an earlier link of the same name."], [["", "Cancel"], ["ok", "Make the link", "class"]], "Name");
  if (!name) return;
  try {
    const { link } = await call("POST", "/annotators", { name });
    const here = /^(127|localhost)/.test(location.hostname) ? " It works on this computer only: see skal label --host." : "";
    await ask(`Link for ${name}`, [location.origin + link, `Send it to ${name} only. It is shown once.${here}`], [["", "Done", "class"]]);
  } catch (error) {
    if (error instanceof Refused) banner("class", error.message, "OK", () => unbanner("class"));
    else offline();
  }
}

// ---- the panel
function showPanel() {
  showHeader();
  showCounts();
  showFigures();
  showHistory();
}
function showHeader() {
  const told = page.progress;
  if (!told) return;
  const done = Math.max(0, Math.min(told.rows, told.done));
  $("bar").max = told.rows || 1;
  $("bar").value = done;
  $("count").textContent = `${number(done)} of ${number(told.rows)}`;
}
function showCounts() {
  const counts = { ...page.progress?.classes };
  const names = [...new Set([...page.task.classes, ...Object.keys(counts)])];
  const most = Math.max(1, ...Object.values(counts));
  $("counts").parentElement.hidden = page.task.task === "regression";
  $("counts").replaceChildren(...names.map((name) => {
    const fill = make("div", { class: "fill" });
    fill.style.width = `${(100 * Math.max(0, counts[name] || 0)) / most}%`;
    return make("li", {}, make("span", { class: "name", dir: "auto" }, visible(name)), make("span", { class: "n" }, number(counts[name] || 0)), make("div", { class: "track" }, fill));
  }));
}
function showFigures() {
  const gaps = page.sat.slice(1).map((at, i) => Math.min(at - page.sat[i], 60_000)).slice(-50);
  const hour = gaps.length >= 4 ? (3_600_000 * gaps.length) / Math.max(1, gaps.reduce((a, b) => a + b)) : null;
  $("rate").textContent = hour ? number(Math.round(hour / 10) * 10) : "–";
  const now = page.progress?.performance;
  const numbers = page.task.task === "regression";
  $("h-accuracy").textContent = (numbers ? "R²" : "Accuracy") + (now?.remark ? "" : " today");
  $("accuracy").className = now?.enough ? "figure" : "figure words";
  $("accuracy").textContent = !now ? "–" : now.enough ? worth(now.value) : "not known yet";
  const about = now && Math.ceil((30 - now.n) / page.model?.audit / 10) * 10;
  $("accuracy-note").textContent = !now ? "" : now.enough
    ? `95% interval: ${interval(now)}, from ${now.n} random rows that the model predicted before they were labelled. ${now.remark}`
    : `${now.n} of 30 random rows are labelled. ${now.remark || !page.model?.audit ? now.remark : about > page.progress.rows - page.progress.done ? "The file may have too few rows for an estimate." : `The others come with about ${number(about)} more labels.`}`;
  $("advice").textContent = page.advice || "\u00a0";
  showCurve();
  const model = page.model;
  $("model").textContent = !model ? "There is no model: the rows are random." : {
    cold: `No model yet. The first one needs ten labels${numbers ? "" : ", with two of each of two classes"}.`,
    learning: "The model is learning from your labels. You can continue.",
    ready: `The model has learned from ${count(model.n_learned, "label")}.`,
    elsewhere: "The model of another server learns from these labels.",
    slow: "The model is still learning. You can continue.",
    failed: "The model failed. The rows are random.",
  }[model.state];
  const step = model?.progress; // what is done once, such as reading images
  if (step) $("model").textContent += ` ${step.what}${step.total > 1 ? `: ${number(step.done)} of ${number(step.total)}` : "…"}`;
  if (model?.state === "slow") banner("model", "The model takes longer than expected. You can continue.", "Start again", retry);
  else if (model?.state === "failed") banner("model", `The model could not learn: ${model.error} You can continue with random rows.`, "Try again", retry);
  else unbanner("model");
}
const worth = (value) => (value == null ? "?" : page.task.task === "regression" ? value.toFixed(2) : percent(value));
const interval = (point) => `${worth(point.low)} to ${worth(point.high)}`;
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function showCurve() {
  const points = (page.curve || []).filter((one) => one.value != null);
  const drawn = JSON.stringify(points);
  $("curve").parentElement.hidden = !points.length;
  $("curve-note").textContent = points.length > 1 ? "The band is the 95% interval." : "The curve starts when the model has learned again.";
  if (page.drawn === drawn) return;
  page.drawn = drawn;
  $("curve").replaceChildren(...(points.length > 1 ? [chart(points)] : []));
  const cells = (tag, values) => make("tr", {}, ...values.map((value) => make(tag, tag === "th" ? { scope: "col" } : {}, value)));
  $("curve-rows").replaceChildren(make("table", {},
    make("thead", {}, cells("th", ["Labels", page.task.task === "regression" ? "R²" : "Accuracy", "Interval", "Rows"])),
    make("tbody", {}, ...[...points].reverse().map((one) => cells("td", [number(one.labels), worth(one.value), interval(one), number(one.n)])))));
}
function chart(points) {
  const first = points[0], last = points.at(-1), [left, right, top, bottom] = [34, 274, 8, 102];
  const floor = Math.max(page.task.task === "regression" ? -1 : 0, Math.floor(10 * Math.min(...points.map((one) => one.low ?? one.value))) / 10);
  const x = (n) => left + ((right - left) * (n - first.labels)) / (last.labels - first.labels || 1);
  const y = (value) => bottom - ((bottom - top) * (Math.min(1, Math.max(floor, value)) - floor)) / (1 - floor || 1);
  const at = (key) => (one) => `${x(one.labels).toFixed(1)},${y(one[key] ?? (key === "high" ? 1 : floor)).toFixed(1)}`;
  const label = (px, py, anchor, text) => svg("text", { x: px, y: py, "text-anchor": anchor }, text);
  const lines = [floor, (1 + floor) / 2, 1].flatMap((value) => [
    svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }), label(left - 5, y(value) + 4, "end", worth(value))]);
  return svg("svg", { viewBox: "0 0 280 122", role: "img", "aria-label":
    `${worth(first.value)} at ${count(first.labels, "label")}, ${worth(last.value)} at ${count(last.labels, "label")}` },
  ...lines, svg("polygon", { class: "band", points: [...points.map(at("high")), ...[...points].reverse().map(at("low"))].join(" ") }),
  svg("polyline", { class: "line", points: points.map(at("value")).join(" ") }),
  svg("circle", { class: "last", cx: x(last.labels), cy: y(last.value), r: 3.5 }),
  label(left, 119, "start", number(first.labels)), label(right, 119, "end", count(last.labels, "label")));
}
async function retry() {
  try { page.model = (await call("POST", "/rounds", {})).model; } catch { /* the banner stays */ }
}
function showHistory() {
  const last = page.past.filter((one) => one.kind !== "undo").slice(0, 50);
  $("history-empty").hidden = last.length > 0;
  const focused = document.activeElement?.closest?.("#history li")?.dataset.uuid;
  $("history").replaceChildren(...last.map((event) => {
    const open = make("button", { class: "open", onclick: () => edit(event), disabled: !event.holds }, make("span", { class: "said", dir: "auto" }, said(event)), make("span", { class: "what", dir: "auto" }, excerpt(event.item)));
    const line = make("li", { class: event.holds ? "" : "gone", "aria-current": page.editing?.event.uuid === event.uuid ? "true" : null }, open);
    line.dataset.uuid = event.uuid;
    if (event.holds) line.append(make("button", { class: "back", "aria-label": `Undo ${said(event)}`, onclick: () => undo(event) }, "Undo"));
    return line;
  }));
  if (focused) [...$("history").children].find((line) => line.dataset.uuid === focused)?.querySelector("button")?.focus();
  $("undo").disabled = !mine().length;
}
async function fetchHistory() {
  const { events } = await call("GET", "/history?n=50");
  const known = new Map(page.past.map((one) => [one.uuid, one]));
  for (const event of events) {
    page.events.set(event.uuid, event.id);
    const one = known.get(event.uuid);
    if (!one) page.past.push(event);
    else if (!page.outbox.length) one.holds = event.holds;
  }
  showHistory();
  for (const event of events) {
    try { await look(event.item); } catch { return; }
  }
  showHistory();
}
async function lookAround() {
  if (document.hidden) return;
  try {
    const before = page.changes + page.outbox.length;
    const [progress, rounds] = await Promise.all([call("GET", "/progress"), call("GET", "/rounds")]);
    Object.assign(page, { model: rounds.model, curve: rounds.curve, advice: rounds.advice });
    if (!page.progress || (before === page.changes && !page.outbox.length)) page.progress = progress;
    if (!page.online) { reached(); page.wake?.(); }
    showPanel();
    if (!page.queue.length && !page.editing) show();
  } catch (error) {
    if (error instanceof Refused) trouble(error);
    else offline();
  }
}

// ---- keys
const single = () => setting("skal-single") !== "off";
function onKey(event) {
  if (event.isComposing || event.repeat || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const at = event.target;
  const inField = at.matches?.("input, textarea, select");
  if (at.id === "filter") return filterKey(event);
  if (event.key === "Escape") return page.editing ? leaveEditing() : at.blur?.();
  if (inField && (at.id !== "number" || at.value || event.key === "Backspace")) return;
  const onButton = at.matches?.("button, a, summary");
  if (onButton && (event.key === " " || event.key === "Enter")) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z" && !event.shiftKey) { event.preventDefault(); return undo(); }
  if (control || event.altKey || !single()) return;
  const act = keyAction(event);
  if (act) { event.preventDefault(); act(); }
}
function keyAction(event) {
  const n = KEYS.indexOf(event.code.startsWith("Numpad") ? event.key : /^Digit\d$/.test(event.code) ? event.code[5] : event.key);
  if (n >= 0 && !event.shiftKey && page.task?.task !== "regression") {
    const name = page.task?.classes[n];
    return name === undefined ? null : () => answer("label", name);
  }
  if (/^[\d.,-]$/.test(event.key) && !$("number-form").hidden) $("number").focus(); // and types there
  switch (event.key) {
    case " ": return event.shiftKey ? skipWithReason : () => answer("skip");
    case "u": case "U": case "Backspace": return () => undo();
    case "ArrowLeft": return () => walk(1);
    case "ArrowRight": return () => walk(-1);
    case "p": case "P": return togglePanel;
    case "?": return showHelp;
    case "/": return $("filter").hidden ? null : () => $("filter").focus();
  }
  return null;
}
function filterKey(event) {
  if (event.key === "Escape") {
    page.filter = $("filter").value = "";
    showClasses();
    $("item").focus();
  } else if (event.key === "Enter") {
    const first = $("classes").querySelector("button");
    if (first && page.filter) { first.click(); showClasses(); $("item").focus(); }
  }
}
const narrow = matchMedia("(max-width: 760px)");
function togglePanel(open) {
  const folded = typeof open === "boolean" ? !open : !document.querySelector("main").classList.contains("folded");
  document.querySelector("main").classList.toggle("folded", folded);
  $("panel-button").setAttribute("aria-expanded", String(!folded));
  $("work").inert = narrow.matches && !folded;
  if (!narrow.matches) setting("skal-panel", folded ? "off" : "on");
}
function listen() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => { if (document.hidden) return; if (page.stop === "No session") location.reload(); else { renew(); lookAround(); page.wake?.(); } });
  addEventListener("hashchange", () => { if (location.hash.length > 1) location.reload(); }); // a link pasted here
  addEventListener("online", () => page.wake?.());
  addEventListener("beforeunload", (event) => { if (!base && page.outbox.length) event.preventDefault(); });
  document.addEventListener("mousedown", (event) => { // Space after a click skips: the button gets no focus
    if (!event.target.closest("header button, main button")) return;
    event.preventDefault();
    if (document.activeElement !== $("number")) document.activeElement.blur();
  });
  $("skip").onclick = () => answer("skip");
  $("undo").onclick = () => undo();
  $("add-button").onclick = newClass;
  $("invite").onclick = invite;
  $("panel-button").onclick = togglePanel;
  $("help-button").onclick = showHelp;
  $("editing-end").onclick = leaveEditing;
  $("filter").oninput = () => { page.filter = $("filter").value; showClasses(); };
  $("single").checked = single();
  $("single").onchange = () => setting("skal-single", $("single").checked ? "on" : "off");
  $("number-form").onsubmit = (event) => {
    event.preventDefault();
    const typed = $("number").value.trim().replace(",", ".");
    if (typed === "" || !Number.isFinite(Number(typed))) return banner("number", "Type a number, such as 3.5.", "OK", () => unbanner("number"));
    unbanner("number");
    $("number").value = "";
    answer("label", Number(typed));
    $("number").focus();
  };
  const fold = () => togglePanel(!narrow.matches && setting("skal-panel") !== "off");
  narrow.onchange = fold;
  fold();
}

// ---- begin
// A tab keeps its name, and so its leases, through a reload. A duplicate finds the name locked.
async function nameClient() {
  if (page.client) return;
  const known = setting("skal-client", undefined, "sessionStorage");
  page.client = known && (await holds(known)) ? known : uuid();
  if (page.client !== known) holds(page.client);
  setting("skal-client", page.client, "sessionStorage");
}
function holds(name) {
  return new Promise((done) => {
    const told = { signal: AbortSignal.timeout(1_000) }; // a page that is reloaded lets go soon
    navigator.locks.request(`skal-client-${name}`, told, () => { done(true); return new Promise(() => {}); })
      .catch(() => done(false));
  });
}
async function begin() {
  page.token ||= location.hash.slice(1);
  if (page.token) {
    history.replaceState(null, "", location.pathname);
    await call("POST", "/session", { token: page.token });
    page.token = "";
  }
  page.task = await call("GET", "/task");
  await nameClient();
  const { file, label } = page.task; // people must see what is asked for
  document.title = `${file} – skal label`;
  $("file").textContent = $("file").title = visible(label === "label" ? file : `${label} · ${file}`);
  $("number-label").textContent = visible(label);
  $("who").textContent = page.task.annotator.role === "owner" && page.task.annotator.name === "owner" ? "You" : visible(page.task.annotator.name);
  await openOutbox();
  document.body.classList.add("begun");
  showClasses();
}
async function run() {
  listen();
  showButtonsBefore();
  for (;;) {
    try { await begin(); break; } catch (error) {
      if (error instanceof Refused) {
        trouble(error);
        show();
        if (error.status === 401) return;
      } else offline();
      await sleep(1_000);
    }
  }
  reached();
  unbanner("session", "refused");
  await refill();
  send();
  fetchHistory().catch(() => null);
  await lookAround();
  setInterval(lookAround, LOOK);
  setInterval(renew, RENEW);
  setInterval(() => { if (!page.queue.length || !page.online || paused()) refill(); }, 1_000);
}
function showButtonsBefore() {
  $("skip").disabled = $("undo").disabled = true;
}
run();
