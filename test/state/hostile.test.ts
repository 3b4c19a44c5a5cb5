import { describe, expect, it } from 'vitest';
import { readKept } from '../../src/operations/generations/readKept.ts';
import { lockText } from '../../src/operations/lock/text.ts';
import { holderText } from '../../src/state/holderText.ts';
import { parseKept } from '../../src/state/kept.ts';
import { parseLease } from '../../src/state/leaseFile.ts';
import { parseRunFact } from '../../src/state/runFact.ts';
import type { RemoteHost } from '../../src/transport/host.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import fc, { anyText } from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';

const KEYS = ['id', 'seq', 'ttl', 'token', 'owner', 'since', 'pid', 'run', 'command', 'state', 'generation', 'nodes'];
const value = fc.oneof(fc.jsonValue(), fc.constantFrom('x', 1, -1, 1e300, '\u001b[2J', null, {}));
/** JSON that is nearly what we write, or anything at all. */
const text = fc.oneof(
  fc.dictionary(fc.constantFrom(...KEYS), value).map((found) => JSON.stringify(found)),
  anyText(),
  fc.constant('{"id":"x","seq":1,"ttl":30,"token":1}'),
);
const RUNS = runs(300, 20_000);

describe('whatever stands in the files that a host keeps for us', () => {
  it('is a lease whose owner can be named, or nobody’s', () => {
    fc.assert(
      fc.property(text, (said) => {
        const lease = parseLease(said);
        if (lease === null) return;
        expect(holderText(lease)).toMatch(/process \d+ of/);
        const hosts = [{ host: '10.0.0.1', lease, problem: null }];
        const shown = lockText({ cluster: 'r1', lease, owner: 'lives', watchedS: 1, hosts }, 'c.yml');
        expect(shown).not.toMatch(/\u001b|undefined|null/);
      }),
      RUNS,
    );
  });

  it('is the last run and the kept generations with texts where texts belong, or nothing', () => {
    fc.assert(
      fc.property(text, (said) => {
        for (const found of [parseRunFact(said), ...parseKept(said)]) {
          if (found === null) continue;
          const { nodes, ...rest } = found;
          const texts = [rest.run, rest.generation, ...Object.entries(nodes).flat()];
          expect(texts.every((part) => typeof part === 'string')).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('is a generation that can be gone back to, or as if it were not there', async () => {
    const shapes = ['{"format":1,"nodes":[null]}', '{"format":1,"nodes":[{}],"deployment":{}}', '[]', 'null', '"'];
    for (const shape of shapes) {
      const run = async (script: string) => {
        const mark = /@@[0-9a-f]{16} /.exec(script)?.[0];
        return {
          code: 0,
          stdout: `motd\n\n${mark}record\n${shape}\n${mark}end\n`,
          stderr: '',
          durationMs: 1,
          ended: 'exit',
        };
      };
      const open = async () => ({ run }) as unknown as RemoteHost;
      const [found] = await readKept(open, ['10.0.0.1'], fakeDeployment(), new AbortController().signal);
      expect([shape, found?.problem, found?.records.size]).toEqual([shape, null, 0]);
    }
  });
});
