// The conversation: messages sent in order, replies shown once, whatever breaks in between.
const SLOW_MS = 15000, FIRST_MS = 150, LONGEST_MS = 3000, BESIDES_MS = 10000, LOST_MS = 60000, IDLE_MS = 3600000;

let talk, after, exchanges, line, wake, polling = false, lastActive = Date.now(), sending = Promise.resolve();
const unanswered = () => [...exchanges.values()].filter((one) => !one.answered);
const waiting = () => unanswered().filter((one) => one.accepted && !one.paused);
const keep = () => stored.write("assistant.unanswered",
  unanswered().map(({ id, text }) => ({ conversation: talk.conversation, id, text })));

function open(session) {
  line?.close();
  line = null;
  talk = new Talk(session);
  after = 0;
  exchanges = new Map();
  stored.write("assistant.session", session);
  list.replaceChildren(empty);
  empty.hidden = false;
  wake?.();
}

function exchange(id, text) {
  const known = exchanges.get(id);
  if (known) return known;
  const slot = made("div", "exchange"), element = made("div", "exchange", bubble("user", text), slot);
  list.append(element);
  empty.hidden = true;
  const one = { id, text, element, slot, accepted: false, answered: false, paused: false, since: Date.now(), partial: "", have: -1 };
  exchanges.set(id, one);
  return one;
}

function answered(one, turn) {
  if (one.answered && one.reply === turn.reply) return;
  Object.assign(one, { answered: true, accepted: true, reply: turn.reply, failed: turn.error });
  if (turn.error) {
    // The message has had its answer; asking again is a new message with an id of its own.
    showError(one, turn.reply, "Ask again", () => { one.slot.querySelector("button")?.remove(); post(exchange(newId(), one.text)); });
  } else {
    one.slot.replaceChildren(bubble("assistant", turn.reply, turn.at));
  }
}

function took(turns) {
  for (const turn of turns) {
    answered(exchange(turn.id, turn.text), turn);
    after = Math.max(after, turn.n);
  }
  if (turns.length) { keep(); follow(); }
  if (!waiting().length) wake?.();
  return turns.length;
}

async function load(from = after) {
  const where = talk;
  if (!where.begun) return 0;
  const { turns = [] } = await where.ask("messages", {}, { after: from });
  return where === talk ? took(turns) : 0;
}

// One after another, so that messages arrive in the order in which they were written.
function post(one) {
  if (Date.now() - lastActive > IDLE_MS) after = 0;  // turns may have expired meanwhile and be counted anew
  lastActive = one.since = Date.now();
  one.paused = false;
  showTyping(one);
  showPart(one);
  follow(true);
  keep();
  const where = talk;
  return sending = sending.then(() => transmit(one, where));
}

async function transmit(one, where) {
  if (exchanges.get(one.id) !== one || where !== talk) return;  // another conversation was begun meanwhile
  try {
    await where.ask("messages", asJson({ id: one.id, text: one.text }));
    if (where !== talk) return;
    one.accepted = true;
    keep();
    poll();
  } catch (error) {
    if (where !== talk) return;
    if (error.ended) return begunAnew();
    if (error.status === 400 || error.status === 413) return showError(one, error.message, "Edit", () => edit(one));
    const told = error.status ? error.message : "The message could not be sent. Are you online?";
    // The same id again: had it arrived after all, it is still answered only once.
    showError(one, told, "Try again", () => post(one));
  }
}

// The conversation has expired with everything in it, so what was just written begins the next one.
function begunAnew() {
  const left = unanswered();
  open({});
  for (const { id, text } of left) post(exchange(id, text));
}

function edit(one) {
  one.element.remove();
  exchanges.delete(one.id);
  keep();
  box.value = one.text;
  fit();
  box.focus();
}

// Pieces of replies. Whatever is lost on the way, the stored turn has the whole reply.
function hear(event) {
  if (event.turn) return took([event.turn]);
  const failed = () => wake?.();
  if (event.ready) return event.n > after && load().catch(failed);
  const one = exchanges.get(event.id);
  if (event.done) return (event.n > after || !one?.answered || one.failed) && load(Math.min(after, event.n - 1)).catch(failed);
  if (!one || one.answered) return;
  if (event.restart) {
    Object.assign(one, { partial: "", have: 0 });
    showTyping(one);
  } else if (event.offset === 0 || event.offset === one.have) {
    one.partial = (event.offset ? one.partial : "") + event.delta;
    one.have = event.offset + [...event.delta].length;
    showPart(one);
  } else {
    line?.again();  // a piece is missing: a new stream begins with the whole
  }
}

function tuneIn() {
  const where = talk, told = (act) => (event) => { if (where === talk) act(event); };
  // A new stream begins with all that was said so far; until then the old text stays in sight.
  const began = told(() => { for (const one of unanswered()) one.have = -1; });
  return listen(talk, { after: () => after, began, hear: told(hear), fallen: told(() => wake?.()) });
}

// Asks for the turns while a reply is awaited: often without a stream, now and then beside one.
async function poll() {
  if (polling) return;
  polling = true;
  let pause = FIRST_MS, lostSince = 0;
  while (waiting().length) {
    line ??= tuneIn();
    await new Promise((resume) => { wake = resume; setTimeout(resume, line.up ? BESIDES_MS : pause); });
    wake = null;
    if (!waiting().length) break;
    try {
      pause = (await load()) ? FIRST_MS : Math.min(pause * 1.4, LONGEST_MS);
      lostSince = 0;
      for (const one of waiting()) showNote(one, Date.now() - one.since > SLOW_MS && !one.partial ? "Still working on it…" : "");
    } catch (error) {
      if (error.ended) { begunAnew(); continue; }
      pause = LONGEST_MS;
      lostSince ||= Date.now();
      for (const one of waiting()) lost(one, error, Date.now() - lostSince > LOST_MS);
    }
  }
  polling = false;
  line?.close();
  line = null;
}

function lost(one, error, long) {
  if (!long) return showNote(one, "The connection is lost; trying again…");
  one.paused = true;
  const told = error.status ? error.message : "The connection is lost. The message has been received.";
  showError(one, told, "Try again", () => post(one));
}

async function restore() {
  const where = talk;
  try {
    while (await load());
  } catch (error) {
    if (error.ended) return open({});
    const gone = exchange("history", "");
    showError(gone, `Earlier messages could not be loaded. ${error.status ? error.message : ""}`, "Reload", () => location.reload());
    gone.element.firstChild.remove();
    exchanges.delete("history");
  }
  for (const { conversation, id, text } of stored.read("assistant.unanswered", [])) {
    // One without a conversation was written before any began.
    if (where === talk && (conversation ?? talk.conversation) === talk.conversation && !exchanges.get(id)?.answered) await post(exchange(id, text));
  }
  follow(true);
}

by("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value;
  if (!text.trim()) return;
  box.value = "";
  fit();
  box.focus();
  post(exchange(newId(), text));
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  by("form").requestSubmit();
});
box.addEventListener("input", fit);
by("new").addEventListener("click", () => { open({}); keep(); box.focus(); });
addEventListener("online", () => wake?.());

open(stored.read("assistant.session", {}));
box.focus();
fit();
restore();
