// Replies as they come: server-sent events or a WebSocket, as the session says. It comes again when it breaks.
const BACK_MS = 1000, LONGEST_BACK_MS = 30000, SILENT_MS = 40000, PING_MS = 240000;

// `began` is called whenever the stream is open anew, `hear` with each event, `fallen` when it has broken.
function listen(talk, { after, began, hear, fallen }) {
  const line = { up: false, closed: false, again() { line.broken?.abort(); }, close() { line.closed = true; line.again(); } };
  const opened = () => { line.up = true; line.pause = BACK_MS; began(); };
  (async () => {
    line.pause = BACK_MS;
    while (!line.closed) {
      line.broken = new AbortController();
      let token;
      try {
        token = await talk.admitted();
        const way = { sse: serverSent, websocket: webSocket }[talk.stream?.kind];
        if (!way || line.closed) return;
        await way(talk, token, { after, opened, hear, broken: line.broken });
      } catch (error) {
        if (error.status === 401) talk.drop(token);
        else if (error.ended || (error.status >= 400 && error.status < 500)) return;  // there is none; the turns are asked for
      }
      line.broken.abort();
      if (line.up) { line.up = false; if (!line.closed) fallen(); }
      if (line.closed) return;
      await new Promise((resume) => setTimeout(resume, line.pause * (0.5 + Math.random() / 2)));
      line.pause = Math.min(line.pause * 2, LONGEST_BACK_MS);
    }
  })();
  return line;
}

// Fetched rather than an EventSource, which cannot send a header: a token in an address would end up in logs.
async function serverSent(talk, token, { after, opened, hear, broken }) {
  const headers = { authorization: `Bearer ${token}`, "last-event-id": String(after()) };
  let timer = setTimeout(() => broken.abort(), SILENT_MS);
  try {
    const answer = await fetch(talk.at(talk.stream.url), { headers, signal: broken.signal, cache: "no-store", credentials: "same-origin" });
    if (!answer.ok) throw Object.assign(new Error("no stream"), { status: answer.status });
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      timer = setTimeout(() => broken.abort(), SILENT_MS);  // a connection can be dead without being closed
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("data:")) hear(JSON.parse(line.slice(5)));
    }
  } finally {
    clearTimeout(timer);
  }
}

function webSocket(talk, token, { after, opened, hear, broken }) {
  return new Promise((resolve, reject) => {
    const url = talk.stream.url, socket = new WebSocket(url);
    const installation = new URL(url).searchParams.get("installation") || undefined;
    const ping = setInterval(() => socket.readyState === 1 && socket.send('{"ping":1}'), PING_MS);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ token, after: after(), installation })));
    socket.addEventListener("message", ({ data }) => {
      const event = JSON.parse(data);
      if (event.error) reject(Object.assign(new Error(event.error), { status: event.status }));
      else if (event.ready) { opened(); hear(event); }
      else hear(event);
    });
    socket.addEventListener("close", () => { clearInterval(ping); resolve(); });
    broken.signal.addEventListener("abort", () => socket.close(), { once: true });
    if (broken.signal.aborted) socket.close();
  });
}
