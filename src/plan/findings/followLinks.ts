import type { Mount } from '../../shell/mount.ts';

/** A kernel gives up after as many links. */
const MOST_LINKS = 40;

/** Where a path leads to. */
export interface Followed {
  /** As it is called where it was followed. */
  readonly path: string;
  /** As the host calls it; null: it is in no mount, so it is the image's own or does not exist. */
  readonly onHost: string | null;
}

/**
 * Follows a path as the kernel does in a container: a link is text, which means what is at that place of the container, and what
 * is there comes from the mount it is in.
 * @param links symbolic links of the host, by their paths there
 * @returns null where links lead in a circle
 */
export function followLinks(
  path: string,
  mounts: readonly Mount[],
  links: Readonly<Record<string, string>>,
): Followed | null {
  let left = path.split('/');
  let at = '';
  let hops = 0;
  while (left.length > 0) {
    const [part = '', ...others] = left;
    left = others;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${part}`;
    const to = linkAt(next, mounts, links);
    if (to === undefined) {
      at = next;
      continue;
    }
    hops += 1;
    if (hops > MOST_LINKS) return null;
    left = [...to.split('/'), ...left];
    if (to.startsWith('/')) at = '';
  }
  return { path: at === '' ? '/' : at, onHost: hostPath(at, mounts) };
}

/** The host's own view: all of it is there under its own name. */
export const WHOLE_HOST: readonly Mount[] = [{ source: '', target: '', options: null }];

function linkAt(path: string, mounts: readonly Mount[], links: Readonly<Record<string, string>>): string | undefined {
  // a mount covers what would be at its place, and docker has followed the links of its source
  if (mounts.some(({ target }) => target === path)) return undefined;
  const onHost = hostPath(path, mounts);
  return onHost !== null && Object.hasOwn(links, onHost) ? links[onHost] : undefined;
}

function hostPath(path: string, mounts: readonly Mount[]): string | null {
  const [mount] = mounts
    .filter(({ target }) => `${path}/`.startsWith(`${withoutSlash(target)}/`))
    .sort((a, b) => b.target.length - a.target.length);
  return mount === undefined ? null : `${withoutSlash(mount.source)}${path.slice(withoutSlash(mount.target).length)}`;
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
