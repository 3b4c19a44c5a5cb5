import { describe, expect, it } from 'vitest';
import { expandShell } from '../../src/imports/shellText.ts';

const VARIABLES: Readonly<Record<string, string>> = { A: 'a', PORT: '9000', P: '2', EMPTY: '', DIES: '0,1,2' };
const expanded = (text: string) => expandShell(text, (name) => VARIABLES[name] ?? null);

describe('a text as bash expands it between double quotes', () => {
  it.each([
    ['plain', 'plain'],
    ['$A/${A}b', 'a/ab'],
    ['$((PORT + 100))', '9100'],
    ['tcp://*:$(( $PORT + 2 * (P - 1) ))', 'tcp://*:9002'],
    ['$((PORT / 7 % 10))', '5'],
    ['ids_$(echo $DIES | tr -d ",").json', 'ids_012.json'],
    // omni_cli escapes double quotes, so that bash keeps them
    [`$(echo "$DIES" | tr -d ',')`, '"012"'],
    [`$(echo  $DIES | tr -d ',')$A`, '012a'],
    ['${A:-b}/${NONE:-b$P}/${NONE-c}/${NONE:-${A}}', 'a/b2/c/a'],
    ['${EMPTY:-b}/${EMPTY-c}', 'b/'],
    ['$((010 + 1))', '9'],
    ['5$ and $/', '5$ and $/'],
  ])('%s becomes %s', (text, value) => {
    expect(expanded(text)).toBe(value);
  });

  it.each([
    ['$NONE', '$NONE is not set in the file'],
    ['$((NONE + 1))', '$NONE is not set in the file'],
    ['$((A + 1))', '$((A + 1)) is not understood'],
    ['$((1 / 0))', '$((1 / 0)) is not understood'],
    ['$(ls /tmp)', 'the command substitution $(ls /tmp) is not run here'],
    ['$(echo $A; rm -r /)', 'the command substitution $(echo $A; rm -r /) is not run here'],
    ['${A%0}', '${A%0} is not understood'],
    ['${A#0}', '${A#0} is not understood'],
    ['${#A}', '${#A} is not understood'],
    ['${A', '${A is not closed'],
    ['$[1+2]', '$[1+2] is not understood'],
    ['$$-$1', '$$-$1 is not understood'],
    ['$((09 + 1))', '$((09 + 1)) is not understood'],
    ['$((0x10))', '$((0x10)) is not understood'],
    ['$(echo 0-3 | tr -d 0-9)', 'the command substitution $(echo 0-3 | tr -d 0-9) is not run here'],
    ['$(hostname', '$(hostname is not closed'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => expanded(text)).toThrow(message);
  });
});
