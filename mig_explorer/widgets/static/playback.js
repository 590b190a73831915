// The playback clock: modelled seconds that pass at a stated pace, with no kernel in the loop.
const LONGEST_FRAME = 0.1;

export class Playback {
  #heard = new Set();
  #frame = 0;
  #before = 0;

  /** `pace`: seconds on the wall that one modelled second takes at speed 1. */
  constructor(duration, pace) {
    this.duration = duration;
    this.pace = pace;
    this.speed = 1;
    this.position = 0;
    this.playing = false;
  }

  get ended() {
    return this.position >= this.duration;
  }

  listen(callback) {
    this.#heard.add(callback);
    callback(this);
  }

  play() {
    if (this.playing) return;
    if (this.ended) this.position = 0;
    this.playing = true;
    this.#before = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#advance(now));
    this.#tell();
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.playing = false;
    this.#tell();
  }

  seek(position) {
    this.position = Math.min(this.duration, Math.max(0, position));
    if (this.ended && this.playing) this.pause();
    else this.#tell();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.#tell();
  }

  /** Pause at the next of these sorted moments, or at the end when there is none. */
  step(moments) {
    const next = moments.find((moment) => moment > this.position * (1 + 1e-9));
    if (this.playing) this.pause();
    this.seek(next ?? this.duration);
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.playing = false;
    this.#heard.clear();
  }

  #advance(now) {
    // A hidden tab gets no frames: a long gap must not make the playback jump.
    const passed = Math.min(LONGEST_FRAME, Math.max(0, (now - this.#before) / 1000));
    this.#before = now;
    this.position = Math.min(this.duration, this.position + (passed * this.speed) / this.pace);
    if (this.ended) {
      this.pause();
      return;
    }
    this.#frame = requestAnimationFrame((later) => this.#advance(later));
    this.#tell();
  }

  #tell() {
    for (const callback of this.#heard) callback(this);
  }
}
