import type { Socket } from 'node:net';
import { deadline } from '../../shared/deadline.ts';
import { sendMessage } from '../../shared/messages.ts';
import type { FromLeader } from './group.ts';

const TIMEOUT_MS = 5000;

type Answer = Float64Array | null;

/** What the leader asks of all members at once, numbered: an answer names its question. */
export class Questions {
  readonly #members: ReadonlyMap<number, Socket>;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #asked = 0;

  constructor(members: ReadonlyMap<number, Socket>) {
    this.#members = members;
  }

  /** Answers of all members, in the order they joined; fails when one is late. */
  ask(question: (of: number) => FromLeader): Promise<Answer[]> {
    const of = ++this.#asked;
    const answers = [...this.#members].map(([member, socket]) => {
      const key = `${of}/${member}`;
      const answer = new Promise<Answer>((resolve) => this.#waiting.set(key, resolve));
      sendMessage(socket, question(of));
      const late = () => new Error(`rank ${member} doesn't answer`);
      return deadline(answer, TIMEOUT_MS, late).finally(() => this.#waiting.delete(key));
    });
    return Promise.all(answers);
  }

  answered(member: number, of: number, answer: Answer): void {
    this.#waiting.get(`${of}/${member}`)?.(answer);
  }
}
