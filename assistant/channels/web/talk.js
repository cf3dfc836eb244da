// Conversations with the server: what is kept in the browser, tokens, and requests that carry them.
const base = location.pathname.endsWith("/") ? location.pathname : location.pathname + "/";
const root = new URL(document.documentElement.dataset.path || "./", location.origin + base);

// What must outlive a reload: the conversation with its long token, and messages that have no reply yet.
const memory = {};
const stored = {
  get(key) { try { return localStorage.getItem(key); } catch { return memory[key] ?? null; } },
  set(key, value) { memory[key] = value; try { localStorage.setItem(key, value); } catch { /* private mode */ } },
  read(key, otherwise) { try { return JSON.parse(this.get(key)) ?? otherwise; } catch { return otherwise; } },
  write(key, value) { this.set(key, JSON.stringify(value)); },
};
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

async function ask(url, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 30000);
  try {
    const answer = await fetch(url, { ...options, signal: stop.signal, cache: "no-store", credentials: "same-origin" });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(body.error || `The server answered ${answer.status}.`), { status: answer.status });
    return body;
  } finally {
    clearTimeout(timer);
  }
}

const asJson = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

// One conversation: begun with the first request that needs it, and continued with its long token.
class Talk {
  constructor({ conversation, refresh }) {
    this.conversation = (refresh && conversation) || null;
    this.refresh = refresh || "";
    this.token = this.stream = null;
    this.until = 0;
  }

  get begun() { return Boolean(this.refresh); }

  at(path) { return new URL(path, root); }

  // The short token; asked for again before it ends. An error with `ended` says that the conversation cannot go on.
  async admitted() {
    if (this.token && Date.now() < this.until) return this.token;
    this.renewing ??= this.renew().finally(() => { this.renewing = null; });
    return this.renewing;
  }

  async renew() {
    const { refresh: before, conversation } = this;
    let given;
    try {
      given = await ask(this.at("session"), asJson(before ? { refresh: before } : {}));
    } catch (error) {
      if (before && error.status === 401) error.ended = true;
      throw error;
    }
    this.until = Date.now() + 1000 * Math.max(5, given.expires_in - 60);
    Object.assign(this, { token: given.token, refresh: given.refresh, conversation: given.conversation, stream: given.stream });
    // Another tab may have begun another conversation; that is then the one to come back to.
    if ((stored.read("assistant.session", {}).conversation ?? null) === conversation) {
      stored.write("assistant.session", { conversation: this.conversation, refresh: this.refresh });
    }
    return this.token;
  }

  drop(token) { if (this.token === token) this.token = null; }

  async ask(path, options = {}, query = {}) {
    const url = this.at(path);
    url.search = new URLSearchParams(query);
    for (let again = true; ; again = false) {
      const token = await this.admitted();
      try {
        return await ask(url, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });
      } catch (error) {
        if (error.status !== 401 || !again) throw error;
        this.drop(token);
      }
    }
  }
}
