import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { architecturePicture } from '../../scripts/gen-architecture.mjs';

it('the page of the architecture names every folder of src', () => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `src/${name}`).filter((folder) => !page.includes(`\`${folder}`))).toEqual([]);
});

it('the page of the architecture names every folder of a verb', () => {
  const rooms = readFileSync('docs/architecture.md', 'utf8');
  const folders = readdirSync('src/operations', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const named = (name: string) => rooms.includes(`\`${name}\``) || rooms.includes(`\`src/operations/${name}\``);
  expect(folders.map(({ name }) => name).filter((name) => !named(name))).toEqual([]);
});

describe('the picture of the architecture', () => {
  const arrows = (picture: string) => picture.match(/class="arrow"/g)?.length ?? 0;

  it('leaves out an arrow that others imply', () => {
    const chain = {
      'plan/plan.ts': "import { a } from '../engines/index.ts';\n",
      'engines/index.ts': "import type { B } from '../deployment/deployment.ts';\n",
    };
    expect(arrows(architecturePicture(chain))).toBe(2);
    const implied = "import { a } from '../engines/index.ts';\nimport {\n  b,\n} from '../deployment/deployment.ts';\n";
    expect(arrows(architecturePicture({ ...chain, 'plan/plan.ts': implied }))).toBe(2);
  });

  it('reads imports that happen when a command runs', () => {
    expect(arrows(architecturePicture({ 'commands/x.ts': "await import('../operations/serve/serve.ts');" }))).toBe(1);
  });

  it('names an import against the layers below the picture', () => {
    const picture = architecturePicture({ 'report/x.ts': "import { run } from '../operations/serve/serve.ts';\n" });
    expect(arrows(picture)).toBe(0);
    expect(picture).toContain('Against the layers: report → operations/&lt;verb&gt;');
  });

  it('asks for a place for a folder it does not know', () => {
    const sources = { 'attic/x.ts': "import { run } from '../plan/plan.ts';\n" };
    expect(() => architecturePicture(sources)).toThrow('ROOMS has no place for src/attic');
  });
});
