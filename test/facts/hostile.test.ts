import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineOf } from '../../src/engines/index.ts';
import { FactsShape } from '../../src/facts/facts.gen.ts';
import type { HostFacts, ProbeRequest } from '../../src/facts/facts.ts';
import { parseProbe, probeHost } from '../../src/facts/probe.ts';
import { ofShape } from '../../src/files/parseJson.ts';
import { splitSections } from '../../src/shell/sections.ts';
import fc, { anyText } from '../fakes/fastCheck.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { LONG, LONG_ONLY, runs } from '../fakes/seed.ts';
import { unless } from '../fakes/unless.ts';

const REQUEST: ProbeRequest = {
  address: '10.0.0.1',
  cluster: 'r1',
  accelerator: 'ascend',
  images: ['repo/omniinfer:1'],
  paths: ['/data/models/r1'],
  digests: ['/data/a', '__proto__'],
  texts: ['/data/b', 'constructor'],
  freeOf: ['/var/lib/omniplace'],
  dumps: { functions: engineOf('omni').experts!.recorded!.functions, folders: ['/data/dump'] },
  dies: [0, 1],
  ports: [9000],
  code: null,
};
const SECTIONS = [
  'clock',
  'machine',
  'tools',
  'memory',
  'software',
  'docker',
  'image 0',
  'containers',
  'device-ips',
  'hccn-tool',
  'hccn-conf',
  'die-nodes',
  'die-processes',
  'addresses',
  'mtus',
  'routes',
  'listening-ss',
  'listening-proc',
  'connected',
  'outgoing-ports',
  'markers',
  'stats',
  'cgroups',
  'path 0',
  'digests',
  'text 0',
  'docker-root',
  'free 0',
  'dump 0',
  'end',
];

/** Words that a host might say, whole and in pieces. */
const word = fc.oneof(
  anyText(40),
  fc.constantFrom(
    '{"id":1,"name":[],"labels":"x"}',
    '{"id":"a","name":"b","labels":{"__proto__":{"x":1}},"dies":[7]}',
    'null',
    '/proc/1/environ:OMNIPLACE_NODE=r1/p0',
    '1 (a) b) S 0 0 0 0',
    '| 0 0 | 0000:9D:00.0 | Process id',
    '99999999999999999999 -1 NaN 1e999',
    'die 0 ipaddr:999.999.999.999',
    'LISTEN 0 128 [::]:99999 users:(("x",pid=-1,fd=3))',
    '\u001b[2J\r\n\0\ufffd',
    '/dev/sda 1 2 -3 4% /',
  ),
);
const body = fc.array(word, { maxLength: 5 }).map((words) => words.join('\n'));

describe('whatever a host answers', () => {
  it('is facts, or is passed over; nothing breaks', () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: SECTIONS.length, maxLength: SECTIONS.length }), (bodies) => {
        const output = SECTIONS.map((name, i) => `\n@@n ${name}\n${bodies[i]}`).join('');
        const facts = parseProbe(splitSections(output, 'n'), REQUEST, { sentMs: 0, receivedMs: 1 });
        expect(ofShape(JSON.parse(JSON.stringify({ '10.0.0.1': facts })), FactsShape)).toBeTruthy();
        expect(({} as Record<string, unknown>).x).toBeUndefined();
      }),
      runs(200, 20_000),
    );
  });

  describe('by real programs', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'omniplace-hostile-'));
      mkdirSync(join(folder, 'bin'));
      vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
    });
    afterEach(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    });
    const fake = (program: string, script: string) => {
      writeFileSync(join(folder, 'bin', program), `#!/bin/sh\n${script}`);
      chmodSync(join(folder, 'bin', program), 0o755);
    };
    const probe = (request: Partial<ProbeRequest> = {}): Promise<HostFacts> =>
      probeHost(new LocalHost('here'), { ...REQUEST, paths: [], digests: [], texts: [], dumps: null, ...request });

    it('with invalid UTF-8 and colours is read where it can be', async () => {
      fake(
        'docker',
        `printf '\\377\\376\\033[31m{"Server":{"Version":"1"}}\\n'; printf '{"Server":{"Version":"20.10"}}\\n'`,
      );
      expect(await probe()).toMatchObject({ reachable: true, docker: { state: 'up', version: '20.10' } });
    });

    it('in 100 MB is refused by name, in bounded memory', unless(LONG ? null : LONG_ONLY), async () => {
      fake('docker', `yes '{"id":"x"}' | head -c 104857600`);
      const before = process.memoryUsage().rss;
      const facts = await probe();
      expect(facts).toEqual({
        reachable: false,
        address: '10.0.0.1',
        code: 'probe',
        reason: 'the probe answered more than 64 MiB: what of its programs says so much?',
      });
      // 64 MiB are kept, and read once
      expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
    });

    it('of a file as large as the disk is read up to a megabyte', async () => {
      const large = join(folder, 'large');
      writeFileSync(large, Buffer.alloc(8 * 1024 * 1024, 'x'));
      const facts = await probe({ texts: [large] });
      expect(facts.reachable && facts.texts[large]).toHaveLength(1024 * 1024);
    });
  });
});
