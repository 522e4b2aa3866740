// Finds out, while the console lives on an event stream, whether sockets get through by now. Invariants: one try at a time; the
// first after a minute, then after twice as long, up to a quarter of an hour; a socket counts when the server was heard through it.

const MIN_MS = 60_000;
const MAX_MS = 15 * 60_000;
const ANSWER_MS = 8_000;

export class SocketProbe {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #socket: WebSocket | null = null;
  #wait: number;
  /** Counts plans; an older one's outcome is not heard. */
  #plan = 0;

  /** @param connect null when it could not even ask; `adopt` gets the open socket, through which nothing was subscribed yet */
  constructor(
    readonly connect: () => Promise<WebSocket | null>,
    readonly adopt: (socket: WebSocket) => void,
    readonly first = MIN_MS,
  ) {
    this.#wait = first;
  }

  /** Plans the next try. */
  later(): void {
    this.end();
    const plan = this.#plan;
    this.#timer = setTimeout(() => void this.#try(plan), this.#wait);
    this.#wait = Math.min(MAX_MS, this.#wait * 2);
  }

  end(): void {
    this.#plan++;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  async #try(plan: number): Promise<void> {
    const current = () => plan === this.#plan;
    const again = () => current() && this.later();
    const socket = await this.connect();
    if (!socket || !current()) {
      socket?.close(1000);
      return void again();
    }
    this.#socket = socket;
    this.#timer = setTimeout(again, ANSWER_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: "ping" }));
    socket.onclose = again;
    socket.onmessage = () => {
      if (!current()) return;
      this.#socket = null;
      this.#wait = this.first;
      this.adopt(socket);
    };
  }
}
