import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchLocal } from '../../../src/operations/cluster/matchLocal.ts';
import { validateFile } from '../../../src/operations/cluster/validate.ts';
import { faultsText } from '../../../src/operations/session/faultsText.ts';
import { placementFromTables, writePattern } from '../../../src/placement/index.ts';
import { TAGS, type Tag } from '../../../src/plan/tags.ts';
import { SOUND } from '../../deployment/sample.ts';
import { vllmText } from '../../engines/vllm/vllmDeployment.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-validate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const HERE = { overrides: [] };
/** No key file is needed. */
const AGENT = SOUND.replace('private_key: ~/.ssh/id', 'agent: true');

describe('validateFile', () => {
  it('finds no fault in a sound file', async () => {
    const { ok, faults, deployment } = await validateFile(file('sound.yml', AGENT), HERE);
    expect(faults).toEqual([]);
    expect(ok).toBe(true);
    expect(deployment).toMatchObject({ name: 'sound', directory: folder });
  });

  it('leaves out a warning where the engine has an error of that kind', async () => {
    const block = 'host 10.0.0.3: {extra_args: [--max-logprobs, "7"]}';
    const decode = [`hosts: "10.0.0.2,10.0.0.3", tensor_parallel_size: 8, ${block}`];
    const { faults } = await validateFile(file('unequal.yml', vllmText({ decode })), HERE);
    expect(faults.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual([
      'error unequal_settings deployment.decode.group1.host 10.0.0.3.extra_args',
    ]);
  });

  it.each([
    ['nowhere.yml', 'There is no such file.'],
    ['', 'This is a folder.'],
  ])('says so when the file can not be read (%s)', async (name, message) => {
    const { ok, faults, deployment } = await validateFile(join(folder, name), HERE);
    expect({ ok, deployment }).toEqual({ ok: false, deployment: null });
    expect(faults).toMatchObject([{ code: 'unreadable_file', severity: 'error', message, line: null }]);
  });

  it('names the encoding of a file that is not UTF-8, where its first wrong byte is, and shows no line of it', async () => {
    const bytes = Buffer.concat([Buffer.from(`${AGENT}  log_path: /data/`), Buffer.from([0xc8, 0xd5, 0xd6, 0xbe])]);
    const path = join(folder, 'gbk.yml');
    writeFileSync(path, bytes);
    const { ok, faults, text } = await validateFile(path, HERE);
    expect(ok).toBe(false);
    const line = AGENT.split('\n').length;
    expect(faultsText(faults, new Map([[path, text]]))).toBe(
      `${path}:${line}:19: error not_utf8: The file is not UTF-8: it looks like GBK.\n` +
        `  hint: Convert it: iconv -f GBK -t UTF-8 ${path} > NEW_FILE`,
    );
  });

  it('says nothing of dumps under a pattern that balance put in service: it reads them with it', async () => {
    mkdirSync(join(folder, 'own.balance'));
    writeFileSync(join(folder, 'p.npy'), writePattern(placementFromTables([[[1], [0], [2], [3]]], 4)));
    const path = file('own.yml', `${AGENT}  decode: {placement: {mode: static, pattern_path: p.npy, dump: true}}\n`);
    const codes = async () => (await validateFile(path, HERE)).faults.map(({ code }) => code);
    expect(await codes()).toEqual(['dump_misread']);
    file('own.balance/overlay.yml', 'services.decode.placement.pattern_path: p.npy\n');
    expect(await codes()).toEqual([]);
  });

  it('warns of local files that are missing, each once, and refuses to run what needs them', async () => {
    const text = AGENT.replace('hosts: "10.0.0.1"', 'private_key: k.pem, hosts: "10.0.0.1"')
      .replace('proxy: {', 'proxy: {private_key: k.pem, ')
      .concat('  code_path: code\n  wheels: ["dist/*.whl"]\n  docker_image_archive: i.tar\n');
    const path = file('missing.yml', text);
    const warned = await validateFile(path, HERE);
    expect(warned.ok).toBe(true);
    expect(
      warned.faults.map(({ line, col, severity, code, message }) => `${line}:${col} ${severity} ${code} ${message}`),
    ).toEqual([
      '4:27 warning missing_local_file The private key `k.pem` does not exist on this machine.',
      '11:14 warning missing_local_file The code `code` does not exist on this machine.',
      '12:12 warning missing_local_file The wheel `dist/*.whl` does not exist on this machine.',
      '13:25 warning missing_local_file The image archive `i.tar` does not exist on this machine.',
    ]);
    const severities = async (...tags: Tag[]) =>
      (await validateFile(path, { ...HERE, forTags: new Set(tags) })).faults.map(({ severity }) => severity);
    expect(await severities(...TAGS)).toEqual(['error', 'error', 'error', 'warning']);
    expect(await severities('sync_code')).toEqual(['error', 'error', 'warning', 'warning']);
    expect(await severities('run_server')).toEqual(['error', 'warning', 'warning', 'warning']);
  });

  it('finds local files that are there, from the folder of the file', async () => {
    mkdirSync(join(folder, 'here/omniinfer/infer_engines/vllm'), { recursive: true });
    writeFileSync(join(folder, 'here/a-1.whl'), '');
    const path = file('there.yml', `${AGENT}  code_path: here\n  wheels: ["here/*.whl"]\n`);
    const { faults, deployment } = await validateFile(path, HERE);
    expect(faults).toEqual([]);
    expect(deployment).toMatchObject({
      engineSettings: { codePath: join(folder, 'here'), wheels: [join(folder, 'here/a-1.whl')] },
    });
  });

  it('wants omniinfer/ inside of the code folder', async () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { faults } = await validateFile(file('empty-code.yml', `${AGENT}  code_path: empty\n`), HERE);
    expect(faults).toMatchObject([
      { code: 'missing_local_file', path: 'services.code_path', hint: 'The folder must contain omniinfer/.' },
    ]);
  });

  it('reports collisions of ports together with the faults of other groups', async () => {
    const text = AGENT.replace('listen_port: 7000', 'listen_port: 9000').replace(
      '  decode:\n',
      '    group2: {hosts: nowhere, master_port: 1, base_api_port: 2, ascend_rt_visible_devices: 0}\n  decode:\n',
    );
    const { faults } = await validateFile(file('both.yml', text), HERE);
    expect(faults.map(({ line, code }) => `${line} ${code}`)).toEqual(['5 bad_address', '8 port_collision']);
  });

  it('warns of code without the source of vLLM', async () => {
    mkdirSync(join(folder, 'code/omniinfer'), { recursive: true });
    const text = `${AGENT}  code_path: code\n`;
    const messages = async () =>
      (await validateFile(file('code.yml', text), HERE)).faults.map(
        ({ severity, message }) => `${severity} ${message}`,
      );
    expect(await messages()).toEqual(['warning The code `code` has no omniinfer/infer_engines/vllm.']);
    mkdirSync(join(folder, 'code/omniinfer/infer_engines/vllm'), { recursive: true });
    expect(await messages()).toEqual([]);
  });

  it('applies overrides', async () => {
    const overrides = ['services.name=other'];
    const { deployment } = await validateFile(file('over.yml', AGENT), { ...HERE, overrides });
    expect(deployment?.name).toBe('other');
  });

  it.each(['1p1d', '2p1d'])('finds nothing to say of the inventory %s', async (name) => {
    expect((await validateFile(`inventories/${name}.yml`, HERE)).faults).toEqual([]);
  });

  it("warns of nothing in omni_cli's sample but its port, its lengths and what is not on this machine", async () => {
    const { ok, faults } = await validateFile('inventories/4p1d.yml', HERE);
    expect(ok).toBe(true);
    expect(faults.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual([
      'warning port_collision deployment.prefill.group1.master_port',
      'warning missing_local_file deployment.prefill.group1.private_key',
      'warning missing_local_file services.code_path',
      'warning engine_value services.decode.max_model_len',
    ]);
  });
});

describe('matchLocal', () => {
  it('matches names with *, ? and [..], folders with **, and sorts', () => {
    for (const name of ['b-1.whl', 'a-1.whl', 'a-2.whl', '.a-3.whl', 'a+(1).txt']) file(name, '');
    mkdirSync(join(folder, 'x/y'), { recursive: true });
    file('x/y/deep.whl', '');
    const names = (pattern: string) => matchLocal(join(folder, pattern)).map((path) => path.slice(folder.length + 1));
    expect(names('*-1.whl')).toEqual(['a-1.whl', 'b-1.whl']);
    expect(names('a-?.whl')).toEqual(['a-1.whl', 'a-2.whl']);
    expect(names('[!b]-[12].whl')).toEqual(['a-1.whl', 'a-2.whl']);
    expect(names('a+(*).txt')).toEqual(['a+(1).txt']);
    expect(names('**/deep.*')).toEqual(['x/y/deep.whl']);
    expect(names('none/*.whl')).toEqual([]);
    expect(names('b-1.whl')).toEqual(['b-1.whl']);
  });
});
