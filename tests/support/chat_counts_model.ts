// What chat's numbers should be, as plainly as possible: a list of messages and, for each person, how far was read. Positions
// are counted here too, so that a wrong one on the server shows. People are numbers; 0 made the channel and stays in it.

export interface ModelMessage {
  seq: number;
  /** Known once the server has answered; null: the server's own words. */
  id: string | null;
  author: number | null;
  root: ModelMessage | null;
  /** People whom it names; "all": everybody. */
  calls: Set<number | "all">;
  deleted: boolean;
  pinned: boolean;
  reactions: Map<string, Set<number>>;
}

interface Thread {
  /** null: only looked at. */
  following: boolean | null;
  read: number;
}

export interface ModelPerson {
  member: boolean;
  read: number;
  /** Messages up to this one were written before the person came. */
  joinedAfter: number;
  threads: Map<ModelMessage, Thread>;
  /** Inbox rows about messages of this channel. */
  inbox: Map<ModelMessage, string>;
}

export interface Counts {
  is_member: boolean;
  unread_count: number;
  mention_count: number;
  thread_unread_count: number;
  last_message: number | null;
}

export class CountsModel {
  readonly messages: ModelMessage[] = [];
  readonly people: ModelPerson[];
  readonly direct: boolean;

  constructor(members: readonly boolean[], direct: boolean) {
    this.direct = direct;
    if (!direct) this.system(); // "made this channel"
    const read = direct ? 0 : 1;
    this.people = members.map((member) => ({
      member,
      read,
      joinedAfter: read,
      threads: new Map(),
      inbox: new Map(),
    }));
  }

  #add(author: number | null, root: ModelMessage | null, calls: Set<number | "all">): ModelMessage {
    const message = {
      seq: this.messages.length + 1,
      id: null,
      author,
      root,
      calls,
      deleted: false,
      pinned: false,
      reactions: new Map(),
    };
    this.messages.push(message);
    return message;
  }

  system(): void {
    this.#add(null, null, new Set());
  }

  /** Only members are named; who writes is never called. */
  #called(calls: ReadonlySet<number | "all">, who: number): boolean {
    return calls.has("all") || calls.has(who);
  }

  send(author: number, to: ModelMessage | null, named: ReadonlySet<number | "all">): ModelMessage {
    const root = to ? to.root ?? to : null;
    const calls = new Set([...named].filter((n) => n === "all" || this.people[n]!.member));
    const me = this.people[author]!;
    const unread = this.messages.some((m) => m.seq > me.read && m.author !== null && m.author !== author && !m.root);
    const message = this.#add(author, root, calls);
    if (!unread) me.read = message.seq;
    if (root) {
      this.#follow(author, root, message.seq);
      if (root.author !== null) this.#follow(root.author, root, 0);
      for (const n of root.deleted ? [] : root.calls) if (n !== "all") this.#follow(n, root, 0);
      for (const n of calls) if (n !== "all") this.#follow(n, root, 0);
    }
    this.people.forEach((person, who) => {
      if (!person.member || who === author) return;
      if (this.direct) person.inbox.set(message, "direct_message");
      else if (this.#called(calls, who)) person.inbox.set(message, "mention");
      else if (root && person.threads.get(root)?.following) person.inbox.set(message, "thread_reply");
    });
    return message;
  }

  #follow(who: number, root: ModelMessage, read: number): void {
    const person = this.people[who]!;
    if (!person.member) return;
    const known = person.threads.get(root);
    person.threads.set(root, {
      following: known?.following ?? true,
      read: Math.max(known?.read ?? 0, read),
    });
  }

  edit(message: ModelMessage, named: ReadonlySet<number | "all">): void {
    const before = message.calls;
    // An edit does not begin to call everybody.
    const calls = new Set([...named].filter((n) => n === "all" ? before.has("all") : this.people[n]!.member));
    message.calls = calls;
    const thread = message.root ?? (this.#replies(message).length > 0 ? message : null);
    this.people.forEach((person, who) => {
      const fresh = calls.has(who) && !before.has(who);
      if (fresh && thread) this.#follow(who, thread, 0);
      if (!person.member) return;
      if (person.inbox.get(message) === "mention" && !this.#called(calls, who)) person.inbox.delete(message);
      if (fresh && who !== message.author && !person.inbox.has(message) && person.joinedAfter < message.seq) {
        person.inbox.set(message, this.direct ? "direct_message" : "mention");
      }
    });
  }

  remove(message: ModelMessage): void {
    message.deleted = true;
    message.pinned = false;
    for (const person of this.people) person.inbox.delete(message);
  }

  read(who: number, message: ModelMessage, unread: boolean): void {
    const person = this.people[who]!;
    if (unread) person.read = message.seq - 1;
    else person.read = Math.max(person.read, message.seq);
  }

  /** @param upTo null: nothing of it was read now */
  thread(who: number, root: ModelMessage, following: boolean | undefined, upTo: ModelMessage | null): void {
    const known = this.people[who]!.threads.get(root);
    this.people[who]!.threads.set(root, {
      following: following ?? known?.following ?? null,
      read: Math.max(known?.read ?? 0, upTo?.seq ?? 0),
    });
  }

  join(who: number): void {
    const person = this.people[who]!;
    person.member = true;
    person.read = person.joinedAfter = this.messages.length;
    this.system();
  }

  leave(who: number): void {
    const person = this.people[who]!;
    person.member = false;
    person.threads.clear();
    person.inbox.clear();
    this.system();
  }

  #replies(root: ModelMessage): ModelMessage[] {
    return this.messages.filter((m) => m.root === root && !m.deleted);
  }

  replyCount(root: ModelMessage): number {
    return this.#replies(root).length;
  }

  counts(who: number): Counts {
    const person = this.people[who]!;
    if (!person.member) {
      return { is_member: false, unread_count: 0, mention_count: 0, thread_unread_count: 0, last_message: null };
    }
    const alive = this.messages.filter((m) => !m.deleted);
    const unread = alive.filter((m) => m.author !== null && m.author !== who && !m.root && m.seq > person.read);
    const mentions = unread.filter((m) => this.#called(m.calls, who));
    let threads = 0;
    for (const root of person.threads.keys()) threads += this.threadUnread(who, root, true);
    return {
      is_member: true,
      unread_count: unread.length,
      mention_count: this.direct ? unread.length : mentions.length,
      thread_unread_count: threads,
      last_message: alive.at(-1)?.seq ?? null,
    };
  }

  threadUnread(who: number, root: ModelMessage, onlyFollowed = false): number {
    const thread = this.people[who]!.threads.get(root);
    if (!thread || (onlyFollowed && !thread.following)) return 0;
    return this.#replies(root).filter((m) => m.seq > thread.read && m.author !== who).length;
  }

  threadMentions(who: number, root: ModelMessage): number {
    const thread = this.people[who]!.threads.get(root)!;
    return this.#replies(root).filter((m) => m.seq > thread.read && m.author !== who && this.#called(m.calls, who))
      .length;
  }
}
