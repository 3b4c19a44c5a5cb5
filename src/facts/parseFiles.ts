import { KIB } from '../files/sizes.ts';
import { body, lines, type Section } from '../shell/sections.ts';
import type { DiskFacts, DumpFacts, PathFacts, TreeFacts } from './facts.ts';

const UNESCAPED: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r' };

export function parsePaths(
  sections: readonly Section[],
  asked: readonly string[],
): Readonly<Record<string, PathFacts>> {
  return byName(sections, 'path', asked, (said) => {
    const kind = said?.trim();
    if (kind === 'file' || kind === 'folder' || kind === 'other') return { exists: true, kind };
    const [, hiddenBy] = /^hidden (\/.*)$/.exec(kind ?? '') ?? [];
    return hiddenBy === undefined ? { exists: false, kind: null } : { exists: true, kind: null, hiddenBy };
  });
}

/**
 * Lines `L LINK\tTO`, `B BROKEN LINK`, `F KIND NAME` of the file that describes the model, `U UNREADABLE FILE` and
 * `C MODE UID GID PATH`, of what others than its owner may not read.
 */
export function parseTrees(
  sections: readonly Section[],
  asked: readonly string[],
): Readonly<Record<string, TreeFacts>> {
  return byName(sections, 'tree', asked, (said) => {
    const found = lines(said ?? '');
    const after = (mark: string) => found.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));
    const [, kind, name] = /^(file|empty|folder|absent) (.+)$/.exec(after('F ')[0] ?? '') ?? [];
    return {
      ...(kind !== undefined && { config: { name: name!, kind: kind as NonNullable<TreeFacts['config']>['kind'] } }),
      links: Object.fromEntries(after('L ').map((line) => line.split('\t') as [string, string])),
      broken: after('B '),
      unreadable: after('U '),
      closed: after('C ').flatMap((line) => {
        const [, mode, uid, gid, path] = /^(\d+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
        if (mode === undefined || path === undefined) return [];
        return [{ path, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) }];
      }),
    };
  });
}

/** Without the byte of the mark that follows a text, it is the file to the byte. */
export function parseTexts(
  sections: readonly Section[],
  asked: readonly string[],
): Readonly<Record<string, string | null>> {
  return byName(sections, 'text', asked, (said) => said ?? null);
}

/** `df -Pk`: the fourth column from the right of the capacity's percent sign is free KiB. */
export function parseFree(sections: readonly Section[], asked: readonly string[]): Readonly<Record<string, number>> {
  const free = byName(sections, 'free', asked, (said) => /\s(-?\d+)\s+\d+%\s+\/.*$/m.exec(said ?? '')?.[1]);
  return Object.fromEntries(
    Object.entries(free).flatMap(([path, kib]) => (kib === undefined ? [] : [[path, Math.max(0, Number(kib)) * 1024]])),
  );
}

/** Seconds since 1970 by the host's clock; a file that is absent has no entry. */
export function parseWritten(sections: readonly Section[], asked: readonly string[]): Readonly<Record<string, number>> {
  const found = byName(sections, 'written', asked, (said) => Number.parseInt(said ?? '', 10));
  return Object.fromEntries(Object.entries(found).filter(([, atS]) => atS > 0));
}

/** `df -Pk`: to the left of the mount point capacity, free and used KiB. */
export function parseDisks(sections: readonly Section[], asked: readonly string[]): readonly DiskFacts[] {
  const found = byName(sections, 'disk', asked, (said) => /\s(\d+)\s+(-?\d+)\s+\d+%\s+(\/.*)$/m.exec(said ?? ''));
  return Object.entries(found).flatMap(([path, match]) => {
    const [, used, free, mount] = match ?? [];
    if (mount === undefined) return [];
    return [{ path, mount, usedBytes: Number(used) * KIB, freeBytes: Math.max(0, Number(free)) * KIB }];
  });
}

/** `20261121_225001 412 1795300000 3`: folder, windows in it, time of the last, live swaps of experts, if any. */
export function parseDumps(
  sections: readonly Section[],
  asked: readonly string[],
): Readonly<Record<string, DumpFacts | null>> {
  return byName(sections, 'dump', asked, (said) => {
    const [, stamp, windows, newestS, swaps = ''] = /^(\S+) (\d+) (\d+) ?(\d*)$/m.exec(said ?? '') ?? [];
    if (stamp === undefined) return null;
    return { stamp, windows: Number(windows), newestS: Number(newestS), ...(swaps && { swaps: Number(swaps) }) };
  });
}

/** Lines of sha256sum; it puts a backslash before a line whose name holds backslashes or newlines, and escapes them. */
export function parseDigests(
  sections: readonly Section[],
  asked: readonly string[],
): Readonly<Record<string, string | null>> {
  const found = new Map<string, string>();
  for (const line of lines(body(sections, 'digests'))) {
    const [, escaped, digest, name] = /^(\\?)([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined) continue;
    found.set(escaped === '' ? name : name.replace(/\\(\\|n|r)/g, (_, c) => UNESCAPED[c as string]!), digest);
  }
  return Object.fromEntries(asked.map((path) => [path, found.get(path) ?? null]));
}

function byName<T>(
  sections: readonly Section[],
  name: string,
  asked: readonly string[],
  parse: (said: string | undefined) => T,
): Record<string, T> {
  return Object.fromEntries(
    asked.map((path, index) => [path, parse(sections.find((s) => s.name === name && s.index === index)?.body)]),
  );
}
