import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleDeployment, importFiles } from '../../src/imports/index.ts';
import { renderedText } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { type Call, startIn } from './cell.ts';
import { ansibleObstacle, startByPlaybook } from './playbook.ts';
import { contractObstacle, givenTrees } from './trees.ts';

const FOLDER = 'tools/ansible/template';
const INVENTORY = 'omni_infer_inventory_used_for_2P1D.yml';
/** Not that of Dk: it does not set LOCAL_HOST_IP, without which its start_api_servers.py ends on prefill hosts. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  A: ['omni_infer_server_template.yml'],
  G: ['omni_infer_server_template.yml'],
  r030: ['omni_infer_server_template.yml'],
  B: ['omni_infer_server_template.yml', 'omni_infer_server_template_k2.yml'],
  r040: ['omni_infer_server_template.yml'],
  r050: ['omni_infer_server_template.yml'],
  r041: ['omni_infer_server_template.yml'],
  r042: ['omni_infer_server_template.yml', 'omni_infer_server_template_a3_ds_for_int8.yml'],
  C: ['omni_infer_server_template.yml'],
  D: ['omni_infer_server_template.yml'],
  E: ['omni_infer_server_template.yml', 'omni_infer_server_template_for_qwen3_4p1d.yml'],
};

/** The connector reads the first as omniplace writes it; the import lists the second, a file of the image. */
const LEFT_OUT = ['kv_parallel_size', 'pattern_path'];
/** As without it; the import lists the second where the original leaves prefix caching to vLLM. */
const NOTHING = ['--additional-config {}', '--no-enable-prefix-caching'];

/** Servers of the first prefill and the first decode host, where they are not one and one for each of 16 dies. */
const COUNTS: Readonly<Record<string, Counts>> = { 'omni_infer_server_template_for_qwen3_4p1d.yml': { p0: 1, d0: 4 } };

interface Counts {
  readonly p0: number;
  readonly d0: number;
}

const trees = contractObstacle() === null ? givenTrees() : [];
const cases = trees.flatMap((tree) =>
  (PAIRS[tree.name] ?? []).map((playbook) => ({ tree, name: tree.name, playbook })),
);
const obstacle =
  contractObstacle() ?? ansibleObstacle() ?? (cases.length === 0 ? 'no given source has a known playbook' : null);

describe('a deployment imported from a playbook', unless(obstacle), () => {
  it.each(cases)(
    'starts servers with the arguments that the playbook of $name gives: $playbook',
    async ({ tree, playbook }) => {
      const [inventory, play] = [INVENTORY, playbook].map((name) =>
        readFileSync(join(tree.path, FOLDER, name), 'utf8'),
      );
      const files = [
        { file: 'inventory.yml', text: inventory! },
        { file: 'playbook.yml', text: play! },
      ];
      const text = assembleDeployment(importFiles(files), ['inventory.yml', 'playbook.yml']).replace(
        /^ *code_path: .*\n/m,
        '',
      );
      const rendered = renderedText(text, 'imported.yml', tree.dialect);
      const counts: Counts = COUNTS[playbook] ?? { p0: 1, d0: 16 };
      const original = await startByPlaybook(tree.path, inventory!, play!, counts);
      const ours = await startIn(tree.path, rendered, ['p0', 'd0'], {
        expected: (name) => ['vllm', counts[name as keyof Counts]],
      });
      for (const name of ['p0', 'd0'] as const) {
        const [theirs, own] = [original[name], ours[name]].map(({ calls }) =>
          calls.filter(({ program }) => program === 'vllm'),
        );
        expect(theirs, original[name].log).toHaveLength(counts[name]);
        expect(own!.map(comparable).sort()).toEqual(theirs!.map(comparable).sort());
      }
    },
  );
});

/** Arguments with their values, sorted; JSON in any form. */
function comparable({ argv }: Call): string {
  const words = argv.map((word) => {
    try {
      return JSON.stringify(sorted(JSON.parse(word)));
    } catch {
      return word;
    }
  });
  return words
    .join(' ')
    .split(/ (?=--)/)
    .filter((argument) => !NOTHING.includes(argument))
    .sort()
    .join('\n');
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !LEFT_OUT.includes(key) && !(key === 'enable_omni_placement' && child === false))
      .map(([key, child]) => [key, sorted(child)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
