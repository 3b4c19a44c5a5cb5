import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePaths, parseTrees } from '../../src/facts/parseFiles.ts';
import { probing } from '../accelerators/probing.ts';

const { folder, probe } = probing();

/** A model as huggingface_hub keeps it. */
function hub() {
  const root = join(folder(), 'hub');
  const snapshot = join(root, 'snapshots/f1');
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(join(folder(), 'elsewhere'));
  writeFileSync(join(folder(), 'elsewhere/b1'), '{}');
  symlinkSync(join(folder(), 'elsewhere'), join(root, 'blobs'));
  symlinkSync('../../blobs/b1', join(snapshot, 'config.json'));
  symlinkSync('gone', join(snapshot, 'tokenizer.json'));
  writeFileSync(join(snapshot, 'own file'), '');
  chmodSync(join(snapshot, 'own file'), 0o640);
  return { root, snapshot };
}

describe('a folder that containers read', () => {
  it('is listed with its links, those on their way and those that lead nowhere', async () => {
    const { root, snapshot } = hub();
    const { trees } = await probe({ trees: [snapshot] });
    const { links, broken, closed } = trees![snapshot]!;
    expect(links).toMatchObject({
      [`${snapshot}/config.json`]: '../../blobs/b1',
      [`${snapshot}/tokenizer.json`]: 'gone',
      [`${root}/blobs`]: join(folder(), 'elsewhere'),
    });
    expect(broken).toEqual([`${snapshot}/tokenizer.json`]);
    expect(closed).toContainEqual(expect.objectContaining({ path: `${snapshot}/own file`, mode: 0o640 }));
  });

  it('is listed by the name of the link that it is', async () => {
    const { snapshot } = hub();
    const named = join(folder(), 'model');
    symlinkSync(snapshot, named);
    const { trees } = await probe({ trees: [named] });
    expect(trees![named]!.links).toMatchObject({
      [named]: snapshot,
      [`${named}/config.json`]: '../../blobs/b1',
      [`${snapshot}/config.json`]: '../../blobs/b1',
    });
  });

  it('has links that lead in a circle, one or two of them, listed as broken', async () => {
    const model = join(folder(), 'm');
    mkdirSync(model);
    symlinkSync('config.json', join(model, 'config.json'));
    symlinkSync('m2', join(model, 'm1'));
    symlinkSync('m1', join(model, 'm2'));
    const { broken, links, config } = (await probe({ trees: [model] })).trees![model]!;
    expect(broken).toEqual([`${model}/config.json`, `${model}/m1`, `${model}/m2`]);
    expect(links).toMatchObject({ [`${model}/m1`]: 'm2', [`${model}/m2`]: 'm1' });
    expect(config).toBeUndefined();
  });

  it('is a model by its config.json, or by Mistral’s params.json', async () => {
    const model = join(folder(), 'm');
    const config = async () => (await probe({ trees: [model] })).trees![model]!.config;
    mkdirSync(model);
    expect(await config()).toEqual({ name: 'config.json', kind: 'absent' });
    mkdirSync(join(model, 'config.json'));
    expect(await config()).toEqual({ name: 'config.json', kind: 'folder' });
    rmSync(join(model, 'config.json'), { recursive: true });
    writeFileSync(join(model, 'config.json'), '');
    expect(await config()).toEqual({ name: 'config.json', kind: 'empty' });
    writeFileSync(join(model, 'params.json'), '{}');
    expect(await config()).toEqual({ name: 'params.json', kind: 'file' });
    writeFileSync(join(model, 'config.json'), '{}');
    expect(await config()).toEqual({ name: 'config.json', kind: 'file' });
  });

  it('is not looked through where the answer must be quick', async () => {
    const { snapshot } = hub();
    expect(await probe({ trees: [snapshot] }, true)).not.toHaveProperty('trees');
  });

  it('that is not there has nothing', async () => {
    expect((await probe({ trees: ['/nonexistent/x'] })).trees).toEqual({
      '/nonexistent/x': { links: {}, broken: [], unreadable: [], closed: [] },
    });
  });

  it('may have files that root can not read', () => {
    const sections = [{ name: 'tree', index: 0, body: 'U /m/a b\nC 600 7 8 /m/c\n' }];
    expect(parseTrees(sections, ['/m'])['/m']).toEqual({
      links: {},
      broken: [],
      unreadable: ['/m/a b'],
      closed: [{ path: '/m/c', mode: 0o600, uid: 7, gid: 8 }],
    });
  });
});

it('a path in a folder that may not be searched is neither there nor absent', () => {
  expect(parsePaths([{ name: 'path', index: 0, body: 'hidden /root/m\n' }], ['/root/m/x'])).toEqual({
    '/root/m/x': { exists: true, kind: null, hiddenBy: '/root/m' },
  });
});
