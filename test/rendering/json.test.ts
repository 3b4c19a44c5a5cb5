import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/deployment/deployment.ts';
import { pythonJson } from '../../src/rendering/json.ts';

describe('pythonJson', () => {
  it('indents by four and writes empty lists and objects on one line', () => {
    expect(pythonJson({ a: [], b: {}, c: [1, { d: null }] })).toBe(
      '{\n    "a": [],\n    "b": {},\n    "c": [\n        1,\n        {\n            "d": null\n        }\n    ]\n}',
    );
  });

  it('writes what python3 writes', ({ skip }) => {
    const value: Json = { ip: '10.0.0.1', 专家: ['é', '🙂', '\u007f', '\n\t"\\', '\u2028'], n: [0, -1, 1.5, true] };
    let python: string;
    try {
      python = execFileSync(
        'python3',
        ['-c', 'import json,sys; sys.stdout.write(json.dumps(json.load(sys.stdin), indent=4))'],
        {
          input: JSON.stringify(value),
          encoding: 'utf8',
        },
      );
    } catch {
      skip('no python3');
      return;
    }
    expect(pythonJson(value)).toBe(python);
  });
});
