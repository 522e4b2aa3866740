// Reads Server-Sent Events.

export interface SseEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Takes text in any pieces, gives whole events (WHATWG HTML, section 9.2.6). */
export class SseParser {
  #buffer = "";
  #id: string | null = null;
  #event = "";
  #data: string[] = [];

  /** The last event id seen, for resuming. */
  get lastId(): string | null {
    return this.#id;
  }

  push(text: string): SseEvent[] {
    this.#buffer += text;
    const events: SseEvent[] = [];
    let end: number;
    while ((end = this.#buffer.search(/\r\n|\n|\r(?=[^])/)) >= 0) {
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + (this.#buffer.startsWith("\r\n", end) ? 2 : 1));
      const done = this.#line(line);
      if (done) events.push(done);
    }
    return events;
  }

  #line(line: string): SseEvent | null {
    if (line === "") {
      const event = this.#data.length
        ? { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") }
        : null;
      this.#event = "";
      this.#data = [];
      return event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }
}
