// Asks Python for one thing at a time: what is turned meanwhile is asked for when the answer is there.
const PAUSE = 120;
const LATE = 400;

export class Wishes {
  #open = null;
  #next = null;
  #queue = [];
  #pause = 0;
  #late = 0;

  constructor(model, waiting) {
    this.model = model;
    this.waiting = waiting;
    this.serial = model.get("shown").serial ?? 0;
  }

  /** Ask for a change once nothing has been moved for a moment. */
  ask(change) {
    this.#next = { ...this.#next, ...change };
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#send(), PAUSE);
  }

  /** Ask for something else, after what was turned before. */
  now(wish) {
    clearTimeout(this.#pause);
    if (this.#next) this.#queue.push({ kind: "change", change: this.#next });
    this.#next = null;
    this.#queue.push(wish);
    this.#send();
  }

  answered(serial) {
    if (this.#open === null || serial < this.#open) return;
    this.#open = null;
    clearTimeout(this.#late);
    this.waiting(false);
    this.#send();
  }

  get idle() {
    return this.#open === null && this.#next === null && this.#queue.length === 0;
  }

  close() {
    clearTimeout(this.#pause);
    clearTimeout(this.#late);
  }

  #send() {
    if (this.#open !== null) return;
    let wish = this.#queue.shift();
    if (!wish && this.#next) {
      wish = { kind: "change", change: this.#next };
      this.#next = null;
    }
    if (!wish) return;
    this.serial += 1;
    this.#open = this.serial;
    this.model.send({ ...wish, serial: this.serial });
    this.#late = setTimeout(() => this.waiting(true), LATE);
  }
}
