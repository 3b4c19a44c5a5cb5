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
        OTHER=loop
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

  const exportsAfter = (text: string, environment: Record<string, string> = {}) =>
    ran(`${text}\nlast`, environment).commands.at(-1)!.exported;

  it.each([
    ['[[ "$MODEL" == *DeepSeek* ]]', { HIT: '1' }],
    ['[[ $MODEL = /data/*-R? ]]', { HIT: '1' }],
    ['[[ "$MODEL" != *Qwen* ]]', { HIT: '1' }],
    ['[[ "$MODEL" == *Qwen* ]]', {}],
    ['[[ "$MODEL" == "*DeepSeek*" ]]', {}],
  ])('matches the pattern of %s', (test, exported) => {
    const script = `if ${test}; then export HIT=1; fi`;
    expect(exportsAfter(script, { MODEL: '/data/DeepSeek-R1' })).toEqual(exported);
    expect(ran(script, { MODEL: '/data/DeepSeek-R1' }).undecided).toEqual([]);
  });

  it.each(['[[ "$A" == "x"* ]]', '[ "$A" = *x* ]', '[[ "$A" =~ x ]]'])('does not decide %s', (test) => {
    expect(ran(`if ${test}; then a; fi`, { A: 'x' }).undecided).toEqual([test]);
  });

  it('decides no `if` of Ansible, and knows nothing of what its branches set', () => {
    const text = 'A=1\n{% if big %}\nexport A=2\n{% else %}\nA=3\nsysctl x\n{% endif %}\nlast $A';
    const { commands, undecided, leftOut } = ran(text);
    expect(commands).toEqual([{ words: ['last', UNKNOWN], exported: { A: UNKNOWN } }]);
    expect(undecided).toEqual(['{% if big %}']);
    expect(leftOut).toEqual(['sysctl x']);
    expect(ran('{% if a %}export A=1{% endif %}\nlast').commands).toHaveLength(1);
    expect(ran('X="{% if a %}1{% else %}2{% endif %}"\nlast $X').commands[0]!.words).toEqual(['last', UNKNOWN]);
  });

  it('follows `&&` and `||`', () => {
    expect(
      exportsAfter('[ "$A" = 1 ] && export B=2\n[ "$A" = 2 ] && export C=1\n[ "$A" = 2 ] || export D=1', { A: '1' }),
    ).toEqual({
      B: '2',
      D: '1',
    });
    expect(exportsAfter('[ -f /x ] && export B=2')).toEqual({ B: UNKNOWN });
    expect(ran('cd /x && bash run.sh || exit 1').commands.map(({ words }) => words.join(' '))).toEqual([
      'cd /x',
      'bash run.sh',
    ]);
    expect(ran('if [[ a == b && c == d ]]; then x; fi').undecided).toEqual(['[[ a == b && c == d ]]']);
  });

  it('reads typeset, declare -x and +=, and takes an export back', () => {
    expect(exportsAfter('typeset -x A=1\ndeclare -gx B=2\nC=3\ndeclare D=4\nexport E=5; export -n E')).toEqual({
      A: '1',
      B: '2',
      E: '5',
    });
    expect(ran('A="x"\nA+=" y"\nlast "$A"').commands[0]!.words).toEqual(['last', 'x y']);
  });

  it('does not know what loops and `case` set, and names what else is in them', () => {
    const text =
      'for ((i=0; i<=3; i++)); do\n  export A=$i\n  ulimit -n 9\ndone\ncase $X in\n  k*) export B=1 ;;\n  *) run ;;\nesac';
    expect(exportsAfter(text)).toEqual({ A: UNKNOWN, B: UNKNOWN });
    expect(ran(text).leftOut).toEqual(['ulimit -n 9', 'run']);
  });

  it('names what a branch does that the layout does not take', () => {
    const { skipped, commands } = followScript('if [ $RANK = 0 ]; then\n  export A=1\nelse\n  b\nfi', {}, () => false);
    expect(skipped).toEqual(['export A=1']);
    expect(commands.map(({ words }) => words)).toEqual([['b']]);
  });
});
