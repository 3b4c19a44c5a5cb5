import { expect, it } from 'vitest';
import { TokenRounds } from '../../../src/operations/status/tokenRounds.ts';
import type { Answers } from '../../../src/operations/status/types.ts';

type Found = Pick<Answers, 'tokens' | 'pairs'>;
const found = (text: string): Found => ({ tokens: [{ text, tookMs: 5 }], pairs: [] });

/** Questions that are answered by hand, at times that are set by hand. */
function byHand() {
  const answers: ((found: Found) => void)[] = [];
  const ended: AbortSignal[] = [];
  let nowMs = 0;
  const rounds = new TokenRounds(() => nowMs);
  return {
    rounds,
    ended,
    answers,
    at: (ms: number) => {
      nowMs = ms;
    },
    begin: () =>
      rounds.begin((signal) => {
        ended.push(signal);
        return new Promise((resolve) => answers.push(resolve));
      }),
  };
}

it('waits for the first answer, however long it takes', async () => {
  const { rounds, begin, answers, at } = byHand();
  begin();
  const latest = rounds.latest(1);
  at(12_000);
  answers[0]!(found('a'));
  expect(await latest).toEqual({ answer: found('a'), ageMs: 0 });
});

it('gives the last answer with its age while the next one is waited for, and asks once at a time', async () => {
  const { rounds, begin, answers, at } = byHand();
  begin();
  answers[0]!(found('a'));
  await rounds.latest(1);
  begin();
  begin();
  expect(answers).toHaveLength(2);
  at(7_000);
  expect(await rounds.latest(1)).toEqual({ answer: found('a'), ageMs: 7_000 });
  answers[1]!(found('b'));
  expect(await rounds.latest(1_000)).toEqual({ answer: found('b'), ageMs: 0 });
});

it('ends the wait when no token can come, and forgets older answers', async () => {
  const { rounds, begin, answers, ended } = byHand();
  begin();
  answers[0]!(found('a'));
  await rounds.latest(1);
  begin();
  rounds.end();
  expect(ended[1]!.aborted).toBe(true);
  const latest = rounds.latest(1);
  answers[1]!({ tokens: [{ problem: 'interrupted' }], pairs: [] });
  expect((await latest).answer.tokens).toEqual([{ problem: 'interrupted' }]);
});

it('keeps an answer that came before the wait was ended', async () => {
  const { rounds, begin, answers } = byHand();
  begin();
  answers[0]!(found('a'));
  await rounds.latest(1);
  rounds.end();
  expect((await rounds.latest(1)).answer).toEqual(found('a'));
});
