// What is seen: bubbles, and what stands in for a reply that is not there yet.
const by = (id) => document.getElementById(id);
const list = by("messages"), scroller = by("scroll"), box = by("message"), send = by("send"), empty = by("empty");

function made(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

const INLINE = /(`[^`\n]+`|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(https?:\/\/[^\s()]+\))/;

function styled(piece) {
  if (piece.startsWith("`")) return made("code", "", piece.slice(1, -1));
  if (piece.startsWith("**")) return made("strong", "", piece.slice(2, -2));
  const [, text, address] = piece.match(/^\[(.+)\]\((.+)\)$/);
  const link = made("a", "", text);
  link.href = address;
  link.title = address;  // what a link says and where it leads may differ
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

// Text only ever becomes text nodes: whatever people or models write, none of it is markup.
function rendered(text) {
  const parts = [];
  text.split(/```/).forEach((part, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (fenced) {
      const code = document.createElement("code");
      code.textContent = part.replace(/^[\w+#.-]*\n/, "").replace(/\n$/, "");
      const pre = made("pre", "", code);
      pre.tabIndex = 0;
      parts.push(pre);
    } else {
      const shown = index % 2 === 1 ? "```" + part : part;
      if (!shown.trim()) return;
      const paragraph = document.createElement("p");
      shown.replace(/^\n+|\n+$/g, "").split(INLINE).forEach((piece, place) => {
        paragraph.append(place % 2 === 0 ? piece : styled(piece));
      });
      parts.push(paragraph);
    }
  });
  return parts;
}

function bubble(role, text, at) {
  const shown = made("div", "bubble", ...rendered(text));
  shown.dataset.role = role;
  shown.setAttribute("role", "article");
  shown.setAttribute("aria-label", role === "user" ? "You" : "Assistant");
  if (at) shown.title = new Date(at).toLocaleString();
  return shown;
}

function follow(force) {
  const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 160;
  if (force || near) requestAnimationFrame(() => { scroller.scrollTop = scroller.scrollHeight; });
}

function showTyping(one) {
  const dots = made("div", "typing", ...[1, 2, 3].map(() => document.createElement("i")));
  dots.setAttribute("role", "status");
  dots.setAttribute("aria-label", "The assistant is writing");
  one.slot.replaceChildren(dots);
}

// The reply so far; drawn at most once a frame, however quickly it comes.
function showPart(one) {
  if (one.drawing) return;
  one.drawing = requestAnimationFrame(() => {
    one.drawing = null;
    if (one.answered || !one.partial) return;
    const shown = bubble("assistant", one.partial);
    shown.setAttribute("aria-busy", "true");  // read aloud when it is whole
    one.slot.replaceChildren(shown);
    follow();
  });
}

function showNote(one, line) {
  const note = one.slot.querySelector(".note") || made("div", "note");
  note.textContent = line;
  if (!line) note.remove();
  else if (!note.isConnected) { one.slot.append(note); follow(); }
}

function showError(one, line, label, action) {
  const said = made("span", "", line), retry = made("button", "", label), alert = made("div", "error", said, retry);
  alert.setAttribute("role", "alert");
  retry.type = "button";
  retry.addEventListener("click", action, { once: true });
  one.slot.replaceChildren(alert);
  follow();
}

function fit() {
  box.style.height = "auto";
  box.style.height = box.scrollHeight + 2 + "px";
  send.disabled = !box.value.trim();
}
