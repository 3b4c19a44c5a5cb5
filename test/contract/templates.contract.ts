import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { assembleDeployment, importFiles } from '../../src/imports/index.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { renderedText } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { startIn } from './cell.ts';
import { exportedNames } from './exportedNames.ts';
import { type Expected, startDifferences } from './templateDifferences.ts';
import { contractObstacle, givenTrees, type Tree } from './trees.ts';

const FOLDER = process.env.OMNIPLACE_TEMPLATES ?? '';
const MADE_OF = '.expected.json';
/** It has paths to fill in, and is refused. */
const REFUSED = 'your_path';

const obstacle =
  contractObstacle() ??
  (FOLDER === '' ? 'needs templates of omni_cli with what it starts: npm run test:contract -- --templates DIR' : null);
const trees = obstacle === null ? givenTrees() : [];
const names = obstacle === null ? namesIn(resolve(FOLDER)) : [];
const found = new Map<string, readonly string[]>();
afterAll(() => {
  if (found.size > 0) process.stdout.write(`\n${summary()}\n\n`);
});

it('templates of omni_cli are imported', unless(obstacle), () => {
  expect(names).not.toEqual([]);
});

const namesOf = (tree: Tree) => names.filter((name) => name.startsWith(`${tree.name.toLowerCase()}_`));

describe.each(trees.filter((tree) => namesOf(tree).length > 0))('templates of the $name snapshot', (tree) => {
  it.each(namesOf(tree))('start through an import what omni_cli starts: %s', async (name) => {
    const file = `${name}.yaml`;
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const expected = JSON.parse(readFileSync(join(FOLDER, name + MADE_OF), 'utf8')) as Expected;
    if (text.includes(REFUSED)) {
      expect(() => importFiles([{ file, text }])).toThrow(REFUSED);
      return;
    }
    const differences = await differencesOf({ file, text }, expected);
    found.set(name, differences);
    expect(differences).toEqual([]);
  });

  async function differencesOf(file: { file: string; text: string }, expected: Expected): Promise<readonly string[]> {
    const deployment = assembleDeployment(importFiles([file]), [file.file]);
    const rendered = renderedText(deployment, file.file, tree.dialect);
    const nodes = (['prefill', 'decode'] as const).flatMap((role) =>
      expected[role] === undefined ? [] : [[`${role[0]}0` as NodeName, expected[role]] as const],
    );
    const count = (name: NodeName) => nodes.find(([node]) => node === name)![1].servers.length;
    const starts = await startIn(
      tree.path,
      rendered,
      nodes.map(([node]) => node),
      { expected: (node) => ['vllm', count(node)] },
    );
    return nodes.flatMap(([node, wanted]) =>
      startDifferences(wanted, starts[node]!, exportedNames(rendered, node)).map((each) => `${node} ${each}`),
    );
  }
});

function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(MADE_OF))
    .map((file) => file.slice(0, -MADE_OF.length))
    .sort();
}

/** How many start the same, and the differences of the rest with how many have each. */
function summary(): string {
  const equal = [...found.values()].filter((differences) => differences.length === 0).length;
  const kinds = new Map<string, string[]>();
  for (const [name, differences] of found) {
    for (const kind of new Set(differences.map((difference) => difference.replace(/^[pd]0 /, ''))))
      kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  const rows = [...kinds].sort(([, a], [, b]) => b.length - a.length);
  return [
    `${equal} of ${found.size} templates start as omni_cli starts them`,
    ...rows.map(([kind, of]) => `${of.length} x ${kind}: ${of.slice(0, 3).join(' ')}`),
  ].join('\n');
}
