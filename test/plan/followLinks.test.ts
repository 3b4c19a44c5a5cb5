import { describe, expect, it } from 'vitest';
import { followLinks, WHOLE_HOST } from '../../src/plan/findings/followLinks.ts';
import { parseMount } from '../../src/shell/mount.ts';

const hub = '/srv/hub/models--a--b';
const snapshot = `${hub}/snapshots/f1`;
const links = { [`${snapshot}/config.json`]: '../../blobs/b1', '/models/b': snapshot, '/mnt/x/link': '/mnt/y/file' };
const at = (path: string, mounts: string[], more: Record<string, string> = {}) =>
  followLinks(path, mounts.map(parseMount), { ...links, ...more });

describe('a link in a container', () => {
  it('leads out of a mount of the folder that it is in', () => {
    expect(at(`${snapshot}/config.json`, [`${snapshot}:${snapshot}`])).toEqual({
      path: `${hub}/blobs/b1`,
      onHost: null,
    });
  });

  it('stays in a mount of the folder above', () => {
    expect(at(`${snapshot}/config.json`, [`${hub}:${hub}`])).toEqual({
      path: `${hub}/blobs/b1`,
      onHost: `${hub}/blobs/b1`,
    });
  });

  it('leads into another mount', () => {
    const mounts = [`${snapshot}:${snapshot}`, `${hub}/blobs:${hub}/blobs:ro`];
    expect(at(`${snapshot}/config.json`, mounts)?.onHost).toBe(`${hub}/blobs/b1`);
  });

  it('is taken from the place in the container, not from that on the host', () => {
    expect(at('/models/b/config.json', ['/models/b:/models/b'], { '/models/b/config.json': '../../blobs/b1' })).toEqual(
      {
        path: '/blobs/b1',
        onHost: null,
      },
    );
  });

  it('that is absolute means the container’s own root', () => {
    expect(at('/in/link', ['/mnt/x:/in'])).toEqual({ path: '/mnt/y/file', onHost: null });
    expect(at('/in/link', ['/mnt/x:/in', '/other:/mnt/y'])).toEqual({ path: '/mnt/y/file', onHost: '/other/file' });
  });

  it('is followed through folders that are links', () => {
    const more = { '/data/m': '/nfs/m' };
    expect(at('/data/m/config.json', ['/data:/data'], more)?.onHost).toBeNull();
    expect(at('/data/m/config.json', ['/data:/data', '/nfs:/nfs'], more)?.onHost).toBe('/nfs/m/config.json');
  });

  it('of the place that a mount covers does not count', () => {
    expect(at('/models/b/x', ['/models/b:/models/b'])?.onHost).toBe('/models/b/x');
  });

  it('that leads in a circle leads nowhere', () => {
    expect(at('/a/l', ['/a:/a'], { '/a/l': '/a/k', '/a/k': 'l' })).toBeNull();
  });

  it('leads on the host itself to where its own links lead', () => {
    expect(followLinks('/models/b/config.json', WHOLE_HOST, links)?.onHost).toBe(`${hub}/blobs/b1`);
  });
});
