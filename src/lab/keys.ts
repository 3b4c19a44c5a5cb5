import { readFileSync, writeFileSync } from 'node:fs';
import { labPaths } from './labPaths.ts';
import { run } from './shell.ts';
import type { LabState } from './state.ts';

export type LabKeys = {
  readonly authorized: string;
  readonly hosts: ReadonlyMap<string, { privateKey: string; publicKey: string }>;
};

/** The operator's key and one host key each; known_hosts has them before the hosts are there. */
export async function makeKeys(state: LabState, signal: AbortSignal | undefined): Promise<LabKeys> {
  const paths = labPaths(state.name);
  const files = [paths.key, ...state.hosts.map((host) => `${paths.run}/${host.name}.key`)];
  await Promise.all(
    files.map((file) =>
      run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${state.name}`, '-f', file], { signal }),
    ),
  );
  const hosts = new Map(
    state.hosts.map((host) => {
      const file = `${paths.run}/${host.name}.key`;
      return [host.name, { privateKey: readFileSync(file, 'utf8'), publicKey: readFileSync(`${file}.pub`, 'utf8') }];
    }),
  );
  const known = state.hosts.map(({ name, address }) => {
    const [type, key] = hosts.get(name)!.publicKey.split(' ');
    return `${address} ${type} ${key}\n`;
  });
  writeFileSync(paths.knownHosts, known.join(''));
  return { authorized: readFileSync(`${paths.key}.pub`, 'utf8'), hosts };
}
