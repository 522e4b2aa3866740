// A TCP proxy before a server whose connections can be cut without a goodbye, as a bad network does.

export class CutProxy {
  /** While false, new connections are closed at once. */
  accepting = true;
  /** Connections that were let through. */
  connections = 0;
  private readonly open = new Set<Deno.Conn>();
  private readonly listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  private readonly done: Promise<void>;

  /** @param target address of the server: http://127.0.0.1:8080 */
  constructor(private readonly target: string) {
    this.done = this.accept();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.addr as Deno.NetAddr).port}`;
  }

  private async accept(): Promise<void> {
    for await (const client of this.listener) {
      if (this.accepting) void this.serve(client).catch(() => {});
      else client.close();
    }
  }

  private async serve(client: Deno.Conn): Promise<void> {
    const { hostname, port } = new URL(this.target);
    this.connections++;
    this.open.add(client);
    const server = await Deno.connect({ hostname, port: Number(port) });
    this.open.add(server);
    await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
    this.open.delete(client);
    this.open.delete(server);
  }

  /** Breaks all connections. */
  cut(): void {
    for (const connection of this.open) {
      try {
        connection.close();
      } catch { /* it has ended by itself */ }
    }
    this.open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    this.cut();
    await this.done;
  }
}
