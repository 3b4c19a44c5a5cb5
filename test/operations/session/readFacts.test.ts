import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFacts } from '../../../src/operations/session/readFacts.ts';
import { freshHost } from '../../fakes/facts.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-facts-'));
  file = join(folder, 'facts.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const host = freshHost('10.0.0.1', 'image:1');
const away = { reachable: false, address: '10.0.0.2', code: 'auth', reason: 'no key' };

describe('facts from a file', () => {
  it('are read as they were written', async () => {
    writeFileSync(file, JSON.stringify({ '10.0.0.1': host, '10.0.0.2': away }));
    expect(await readFacts(file)).toEqual({ '10.0.0.1': host, '10.0.0.2': away });
  });

  it.each([
    ['{"10.0.0.1":', 'not JSON'],
    ['[]', 'the document must be a map; it is []'],
    ['{"10.0.0.1": 7}', '10.0.0.1 must be a map; it is 7'],
    ['{"10.0.0.1": {}}', '10.0.0.1.reachable must be true or false; it is missing'],
    ['{"10.0.0.1": {"reachable": true}}', '10.0.0.1.address must be text; it is missing'],
    [{ ...host, docker: null }, '10.0.0.1.docker must be a map; it is null'],
    [
      { ...host, docker: { ...host.docker, state: 'maybe' } },
      '10.0.0.1.docker.state must be up, down, absent; it is "maybe"',
    ],
    [
      { ...host, docker: { ...host.docker, containers: [{ id: 'a' }] } },
      '10.0.0.1.docker.containers[0].name must be text; it is missing',
    ],
    [{ ...host, listening: [{ port: '80', pid: null }] }, '10.0.0.1.listening[0].port must be a number; it is "80"'],
    [{ ...host, texts: { '/a': 1 } }, '10.0.0.1.texts./a must be text; it is 1'],
    [{ ...host, address: '10.0.0.9' }, '10.0.0.1.address must be 10.0.0.1; it is "10.0.0.9"'],
    [
      { ...away, address: '10.0.0.1', code: 'tired' },
      /^10\.0\.0\.1\.code must be unreachable, handshake, auth, .*; it is "tired"$/,
    ],
  ])('are refused with the place of their first fault: %j', async (written, fault) => {
    writeFileSync(file, typeof written === 'string' ? written : JSON.stringify({ '10.0.0.1': written }));
    const error = await readFacts(file).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'bad_facts',
      exitCode: 2,
      hint: `Make it anew: omniplace facts DEPLOYMENT --json > ${file}`,
    });
    const message = (error as Error).message;
    expect(message.startsWith(`${file}: `)).toBe(true);
    expect(message.slice(file.length + 2)).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
  });
});
