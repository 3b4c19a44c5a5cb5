import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/userError.ts';
import { readIfThere } from '../../src/operations/cluster/overlay.ts';
import { importFrom } from '../../src/operations/import/importFile.ts';
import { readLoad } from '../../src/operations/pattern/readLoad.ts';
import { readPlacement } from '../../src/operations/pattern/readPlacement.ts';
import { readCostModel } from '../../src/operations/session/readCostModel.ts';
import { readFacts } from '../../src/operations/session/readFacts.ts';
import { resolveSecret } from '../../src/operations/session/secrets.ts';
import { credentials } from '../../src/transport/credentials.ts';
import { readKnownHosts } from '../../src/transport/knownHosts.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-encodings-'));
  file = join(folder, 'given');
});
afterEach(() => rmSync(folder, { recursive: true }));

const TEXT = '{"hosts": "a"}\n';
const UTF_16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(TEXT, 'utf16le')]);
/** Accents as an editor of Western Europe writes them. */
const LATIN_1 = Buffer.from('{"h\xf4te": 1}\n', 'latin1');
/** "专家", whose first two bytes are valid UTF-8. */
const GBK = Buffer.concat([Buffer.from(',ep_0,'), Buffer.from([0xd7, 0xa8, 0xbc, 0xd2]), Buffer.from('\n')]);

/** How each file that an operator names is read. */
const READERS: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['an inventory', (path) => importFrom([path], null)],
  ['facts', (path) => readFacts(path)],
  ['a cost model', (path) => readCostModel(path)],
  ['a secret', (path) => resolveSecret({ from: 'file', path })],
  ['what balance wrote', (path) => readIfThere(path)],
  ['a placement', (path) => readPlacement(path)],
  ['a load', (path) => readLoad({ sources: [path] }, () => undefined)],
];

describe('a file in another encoding', () => {
  it.each(READERS)('is refused as %s, with the encoding that it looks like', async (_, read) => {
    const refused = async (bytes: Uint8Array) => {
      writeFileSync(file, bytes);
      return (await read(file).catch((error: unknown) => error)) as UserError;
    };
    for (const [bytes, what] of [
      [UTF_16, '1:1: not UTF-8: it looks like UTF-16 LE'],
      [LATIN_1, '1:4: not UTF-8: it looks like Latin-1'],
      [GBK, '1:8: not UTF-8: it looks like GBK'],
    ] as const) {
      const error = await refused(bytes);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toBe(`${file}:${what}`);
      expect(error.hint).toContain('Convert it: iconv -f ');
    }
  });

  it('is refused as known_hosts when it is UTF-16; Latin letters in a comment do not matter', async () => {
    writeFileSync(file, UTF_16);
    await expect(readKnownHosts(file)).rejects.toThrow(`${file}:1:1: not UTF-8: it looks like UTF-16 LE`);
    writeFileSync(file, Buffer.from('# ma\xeetre\n10.0.0.1 ssh-ed25519 AAAA\n', 'latin1'));
    expect(await readKnownHosts(file)).toMatchObject([{ line: 2, names: '10.0.0.1' }]);
  });

  it('is refused as a private key when it is UTF-16', async () => {
    writeFileSync(file, Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\n', 'utf16le'));
    const login = {
      user: 'root',
      port: 22,
      privateKey: file,
      agent: false,
      jump: null,
      passphrase: null,
      password: null,
    };
    const options = { address: '10.0.0.1', login, password: null, passphrase: null } as never;
    const target = { address: '10.0.0.1', port: 22, user: 'root' };
    await expect(credentials(options, target as never)).rejects.toMatchObject({
      message: `can't log in to 10.0.0.1 port 22 as root: private key ${file} is not UTF-8: it looks like UTF-16 LE without a byte order mark`,
      hint: `Convert it: iconv -f UTF-16LE -t UTF-8 ${file} > NEW_FILE`,
    });
  });
});
