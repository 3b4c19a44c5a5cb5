import { describe, expect, it } from 'vitest';
import { expandedWords, UNKNOWN } from '../../src/imports/shellExpansion.ts';
import { followScript } from '../../src/imports/startScript.ts';

const values = (name: string) => ({ A: '1', TEXT: 'a b', EMPTY: '' })[name] ?? null;
const ran = (text: string, environment: Record<string, string> = {}) =>
  followScript(text, environment, () => undefined);

describe('expandedWords', () => {
  it.each([
    ['a  "b c" \'d $A\' e\\ f', ['a', 'b c', 'd $A', 'e f']],
    ['$A "${A}x" ${NONE:-other} ${A:-other}', ['1', '1x', 'other', '1']],
    ['--args "$TEXT" $TEXT', ['--args', 'a b', 'a', 'b']],
    ['N=$TEXT', ['N=a b']],
    ['$((A + 2)) $(( ${A} * 3 - 1 ))', ['3', '2']],
    ['$((2 + A * 3)) $(((2 + A) * 3))', ['5', '9']],
    [`'{"port":"'\${A}'"}' "{\\"a\\": 1}"`, ['{"port":"1"}', '{"a": 1}']],
    ['"$EMPTY" x', ['', 'x']],
  ])('expands %s as bash does', (text, words) => {
    expect(expandedWords(text, values)).toEqual(words);
  });

  it('has a mark for what is known only when the script runs', () => {
    expect(expandedWords('$NONE $(ls "$A" | tr -d ")") `date` {{ port }} x$((NONE + 1))', values)).toEqual([
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
      `x${UNKNOWN}`,
    ]);
  });
});

describe('followScript', () => {
  it('follows assignments, exports and tests, and gives each command what it inherits', () => {
    const text = `#!/bin/bash
      # a comment; export HIDDEN=1
      export ONE=1 TWO="2 3"; THREE=3
      export THREE
      unset TWO
      if [ "$MODE" = "fast" ]; then
        ARGS="--fast \${ONE}"
      elif [ $ONE -ge 1 ]; then
        ARGS='--slow'
      else
        ARGS=never
      fi
      for i in 1 2; do
        ARGS=loop
      done
      declare -A map=(
        [a]=1
      )
      bash start.sh $ARGS \\
        --last "x" > log 2>&1 &`;
    const [fast] = ran(text, { MODE: 'fast' }).commands.slice(-1);
    expect(fast).toEqual({
      words: ['bash', 'start.sh', '--fast', '1', '--last', 'x', '>', 'log', '2>&1', '&'],
      exported: { ONE: '1', THREE: '3' },
    });
    expect(ran(text, { MODE: 'no' }).commands.at(-1)!.words.slice(2, 3)).toEqual(['--slow']);
    expect(ran(text, { MODE: 'no' }).undecided).toEqual([]);
  });

  it('runs neither branch of a test that it can’t decide, and names it', () => {
    const { commands, undecided } = ran('if [ -f /etc/x ]; then\n  first\nelse\n  second\nfi\nlast');
    expect(commands.map(({ words }) => words)).toEqual([['last']]);
    expect(undecided).toEqual(['[ -f /etc/x ]']);
  });

  it('decides tests of the layout as its caller does', () => {
    const text = 'if [ $(echo "$LIST" | wc -c) -ge 1 ]; then\n  if [ $X = 1 ]; then many; fi\nelse\n  one\nfi';
    const layout = (test: string) => (test.includes('LIST') ? false : undefined);
    const { commands, undecided } = followScript(text, {}, layout);
    expect(commands.map(({ words }) => words)).toEqual([['one']]);
    expect(undecided).toEqual([]);
  });
});
