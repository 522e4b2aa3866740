// Where each row of a scrolling list stands, when every row has its own height: a Fenwick tree over the heights, so that
// a new measurement and a question both cost O(log n). Pure numbers, no DOM. Invariants: `top(0)` is 0, `top(size)` is
// `total`, and `at(top(i))` is i for rows that have a height.

export class HeightIndex {
  readonly #heights: Float64Array;
  readonly #tree: Float64Array;
  #total = 0;

  constructor(heights: ArrayLike<number>) {
    const n = heights.length;
    this.#heights = new Float64Array(n);
    this.#tree = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) {
      const height = Math.max(0, heights[i]!);
      this.#heights[i] = height;
      this.#total += height;
      const at = i + 1;
      this.#tree[at]! += height;
      const parent = at + (at & -at);
      if (parent <= n) this.#tree[parent]! += this.#tree[at]!;
    }
  }

  get size(): number {
    return this.#heights.length;
  }

  /** Pixels of all rows together. */
  get total(): number {
    return this.#total;
  }

  height(row: number): number {
    return this.#heights[row] ?? 0;
  }

  /** Takes a measurement. @returns by how many pixels everything below has moved. */
  set(row: number, height: number): number {
    const change = Math.max(0, height) - this.height(row);
    if (row < 0 || row >= this.size || change === 0) return 0;
    this.#heights[row]! += change;
    this.#total += change;
    for (let at = row + 1; at <= this.size; at += at & -at) this.#tree[at]! += change;
    return change;
  }

  /** Pixels above a row; of `size`: above the end. */
  top(row: number): number {
    let sum = 0;
    for (let at = Math.min(Math.max(0, row), this.size); at > 0; at -= at & -at) sum += this.#tree[at]!;
    return sum;
  }

  /** The row that covers a place; the first or the last one for places outside. */
  at(y: number): number {
    let row = 0, left = y;
    let step = 1;
    while (step * 2 <= this.size) step *= 2;
    for (; step > 0; step >>= 1) {
      const next = row + step;
      if (next <= this.size && this.#tree[next]! <= left) {
        row = next;
        left -= this.#tree[next]!;
      }
    }
    return Math.min(row, Math.max(0, this.size - 1));
  }
}
