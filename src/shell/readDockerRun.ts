import type { Argv } from './argv.ts';
import { type Mount, parseMount } from './mount.ts';

/** What `docker run` arguments take from a host, also by flags that users wrote. */
export interface TakenFromHost {
  /** Of its file system; no volumes of docker's own. */
  readonly mounts: readonly Mount[];
  /** Paths in its /dev. */
  readonly devices: readonly string[];
  /** Who the container's processes run as. */
  readonly user: string;
}

const NAMES: Readonly<Record<string, keyof TakenFromHost | 'mount'>> = {
  '-v': 'mounts',
  '--volume': 'mounts',
  '--mount': 'mount',
  '--device': 'devices',
  '-u': 'user',
  '--user': 'user',
};

export function readDockerRun(run: Argv): TakenFromHost {
  const values = valuesOf(run);
  const of = (what: string) => values.flatMap(([name, value]) => (NAMES[name] === what ? [value] : []));
  const mounts = [...of('mounts').map(parseMount), ...of('mount').flatMap(bindOf)];
  return {
    mounts: mounts.filter(({ source, target }) => source.startsWith('/') && target.startsWith('/')),
    devices: of('devices').map((device) => device.split(':')[0]!),
    // the last one counts
    user: of('user').at(-1) ?? 'root',
  };
}

/** `--name value`, `--name=value` and `-vvalue`. */
function valuesOf(run: Argv): readonly (readonly [name: string, value: string])[] {
  return run.flatMap((argument, at): (readonly [string, string])[] => {
    if (argument in NAMES) return [[argument, run[at + 1] ?? '']];
    const [, long, value] = /^(--[a-z]+)=(.*)$/s.exec(argument) ?? [];
    if (long !== undefined && long in NAMES) return [[long, value!]];
    const short = argument.slice(0, 2);
    return !argument.startsWith('--') && short in NAMES ? [[short, argument.slice(2).replace(/^=/, '')]] : [];
  });
}

/** `type=bind,source=/a,target=/b`, its fields quoted as CSV does. */
function bindOf(written: string): readonly Mount[] {
  const fields = [...written.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => {
    const [name = '', ...value] = (quoted?.replaceAll('""', '"') ?? plain ?? '').split('=');
    return [name, value.join('=')] as const;
  });
  const of = (...names: string[]) => fields.find(([name]) => names.includes(name))?.[1];
  const source = of('source', 'src');
  const target = of('target', 'destination', 'dst');
  if (of('type') !== 'bind' || source === undefined || target === undefined) return [];
  return [{ source, target, options: of('readonly', 'ro') === undefined ? null : 'ro' }];
}
