// The newest lines of a stream, without a gap, as JSON texts: line `first` to line `last`. Bounded in lines and characters;
// the oldest go.

const MAX_LINES = 5000;
const MAX_CHARS = 1024 * 1024;

export class LineRing {
  /** With `last` before `first` it is empty, and `last` is still the stream's newest number. */
  first: number;
  private lines: string[] = [];
  private chars = 0;

  constructor(public last = 0) {
    this.first = last + 1;
  }

  /** Takes lines that touch or overlap what is there, at either end; behind a gap they replace it. */
  put(first: number, lines: readonly string[]): void {
    const end = first + lines.length - 1;
    if (first > this.last + 1) {
      this.lines = [];
      this.chars = 0;
      this.first = first;
      this.last = first - 1;
    } else if (first < this.first && end >= this.first - 1) {
      const older = lines.slice(0, this.first - first);
      this.lines.unshift(...older);
      this.first = first;
      for (const line of older) this.chars += line.length;
    }
    for (const line of lines.slice(this.last + 1 - first)) {
      this.lines.push(line);
      this.chars += line.length;
      this.last++;
    }
    this.trim();
  }

  private trim(): void {
    let gone = 0;
    while (this.lines.length - gone > MAX_LINES || this.chars > MAX_CHARS) this.chars -= this.lines[gone++]!.length;
    if (gone) this.lines.splice(0, gone);
    this.first += gone;
  }

  /** Lines from number `from` on, as many as fit into so many characters, at least one; `from` must be in the ring. */
  from(from: number, maxChars: number): string[] {
    const start = from - this.first;
    let end = start, chars = 0;
    while (end < this.lines.length && (end === start || chars + this.lines[end]!.length <= maxChars)) {
      chars += this.lines[end++]!.length;
    }
    return this.lines.slice(start, end);
  }
}
