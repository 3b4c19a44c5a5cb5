import { describe, expect, it } from 'vitest';
import { expandShell } from '../../src/imports/shellText.ts';

const VARIABLES: Readonly<Record<string, string>> = { A: 'a', PORT: '9000', P: '2', DIES: '0,1,2' };
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
    ['$(hostname', '$(hostname is not closed'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => expanded(text)).toThrow(message);
  });
});
