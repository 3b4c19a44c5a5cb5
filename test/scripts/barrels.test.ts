import { describe, expect, it } from 'vitest';
import { withoutBarrels } from '../../scripts/barrels.mjs';

const FILES: Readonly<Record<string, string>> = {
  '/src/placement/index.ts': [
    '/** The door. */',
    "export { type Load, parseNpy, writeNpy as write } from './npy.ts';",
    "export type { Placement } from './model.ts';",
    "export { solve } from './solver/index.ts';",
  ].join('\n'),
  '/src/placement/solver/index.ts': "export {\n  place,\n  solve,\n} from './solve.ts';\n",
  '/src/engines/index.ts': "import { omni } from './omni.ts';\n\nexport const ENGINES = [omni];\n",
};
const inFile = (text: string) => withoutBarrels(text, '/src/checks/check.ts', (file) => FILES[file] ?? null);

describe('imports in the bundle', () => {
  it('go past an index to the files behind it, also behind a second index, and leave types out', () => {
    expect(
      inFile("import { type Load, parseNpy as parse, write, solve } from '../placement/index.ts';\nparse(write);\n"),
    ).toBe(
      " import { parseNpy as parse } from '../placement/npy.ts'; import { writeNpy as write } from '../placement/npy.ts'; import { solve } from '../placement/solver/solve.ts';\nparse(write);\n",
    );
  });

  it('stay where the index does more than export, and where they are of another file', () => {
    const text = "import { ENGINES } from '../engines/index.ts';\nimport { a } from './a.ts';\n";
    expect(inFile(text)).toBe(text);
  });

  it('fail for a name that the index does not export', () => {
    expect(() => inFile("import { absent } from '../placement/index.ts';\n")).toThrow(
      '/src/checks/check.ts: ../placement/index.ts does not export absent',
    );
  });
});
