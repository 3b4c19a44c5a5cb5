import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import template from '../../templates/digest.sh';
import { seededBytes } from '../fakes/seededBytes.ts';

const BYTES = seededBytes(300_001);
const WANTED = createHash('sha256').update(BYTES).digest('hex');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-digest-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const hosts: readonly [string, string | null][] = [
  ['as this machine is', null],
  ['without openssl', 'exit 127'],
  ['whose openssl may not count sha256', 'echo "dgst: Unknown option: -sha256" >&2; exit 1'],
  ['whose openssl counts something else', 'echo "da39a3ee5e6b4b0d3255bfef95601890afd80709 *stdin"'],
];

test.each(hosts)('a host %s counts the digest of what comes in', (_, openssl) => {
  if (openssl !== null) {
    writeFileSync(join(folder, 'openssl'), `#!/bin/sh\n${openssl}\n`);
    chmodSync(join(folder, 'openssl'), 0o755);
  }
  const said = execFileSync('sh', ['-euc', `${template}\ndigest`], {
    input: BYTES,
    env: { PATH: `${folder}:${process.env.PATH}` },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  expect(said).toMatch(new RegExp(`^${WANTED} [ *]\\S+\\n$`));
});
