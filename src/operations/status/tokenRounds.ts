import { setTimeout as pause } from 'node:timers/promises';
import type { TokenAnswer } from './types.ts';

/** Tokens, one round of questions after the other: while the next answer is waited for, the last one counts. */
export class TokenRounds {
  #pending: { readonly answer: Promise<TokenAnswer>; readonly ended: AbortController } | null = null;
  #last: { readonly answer: TokenAnswer; readonly atMs: number } | null = null;

  constructor(private readonly nowMs = () => performance.now()) {}

  /** Asks, unless an answer is still waited for. @param ask is given what ends the wait */
  begin(ask: (ended: AbortSignal) => Promise<TokenAnswer>): void {
    if (this.#pending !== null) return;
    const ended = new AbortController();
    const answer = ask(ended.signal).then((found) => {
      this.#last = { answer: found, atMs: this.nowMs() };
      return found;
    });
    this.#pending = { answer, ended };
    const settled = () => {
      this.#pending = null;
    };
    answer.then(settled, settled);
  }

  /** No token can come: the wait ends with what is known. */
  end(): void {
    if (this.#pending === null) return;
    this.#pending.ended.abort();
    // an older one is outdated, and this one ends at once
    this.#last = null;
  }

  /** The answer that was begun, or the one before it when that takes longer. Without any, it is waited for. */
  async latest(patienceMs: number): Promise<{ readonly answer: TokenAnswer; readonly ageMs: number }> {
    const pending = this.#pending?.answer;
    if (pending !== undefined && this.#last === null) await pending;
    else if (pending !== undefined) await Promise.race([pending, pause(patienceMs, undefined, { ref: false })]);
    if (this.#last === null) throw new Error('no token was asked for');
    return { answer: this.#last.answer, ageMs: this.nowMs() - this.#last.atMs };
  }
}
