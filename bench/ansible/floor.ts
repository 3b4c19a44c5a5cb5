import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchHost, Hosts } from './hosts.ts';
import { type Job, NUM_FILES, renderedFile, type Work } from './job.ts';

/**
 * The same work by one `ssh` per host, all at once, with everything prepared: what it costs when nobody plans, journals or
 * watches. Nothing that logs in to every host anew can be much faster.
 */
export function floorRun(
  folder: string,
  { all, key, knownHosts }: Hosts,
  work: Work,
  big: Job['big'],
): readonly string[] {
  const options = [
    `-i ${key}`,
    `-o UserKnownHostsFile=${knownHosts}`,
    '-o BatchMode=yes',
    '-o Ciphers=aes128-gcm@openssh.com',
    '-o KexAlgorithms=curve25519-sha256',
  ].join(' ');
  const own = join(folder, 'floor');
  mkdirSync(own, { recursive: true });
  const lines = all.map((host) => {
    const { remote, input } = workOf(own, host, work, big);
    return `ssh ${options} root@${host.address} '${remote}' < ${input} & pids="$pids $!"`;
  });
  const script = join(own, 'all.sh');
  writeFileSync(script, `${lines.join('\n')}\nfor pid in $pids; do wait "$pid" || exit 1; done\n`);
  return ['sh', script];
}

function workOf(own: string, host: BenchHost, work: Work, big: Job['big']): { remote: string; input: string } {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const script = (lines: readonly string[]) => {
    const input = join(own, `${work}.sh`);
    writeFileSync(input, `${lines.join('\n')}\n`);
    return { remote: 'sh -es', input };
  };
  switch (work) {
    case 'files': {
      const tree = join(own, host.name);
      mkdirSync(tree, { recursive: true });
      const names = numbers(NUM_FILES).map((item) => {
        writeFileSync(join(tree, `app-${item}.conf`), renderedFile(host, item));
        return `app-${item}.conf`;
      });
      execFileSync('tar', ['-C', tree, '-cf', `${tree}.tar`, ...names]);
      return { remote: 'tar -xf - && sync app-*.conf', input: `${tree}.tar` };
    }
    case 'steps':
      return script(numbers(20).map((n) => `sh -c "echo ${n}; uname -n"`));
    case 'noop':
      return script(numbers(10).map(() => 'true'));
    case 'big': {
      const remote = `cat > f64 && sync f64 && echo ${big.sha256} f64 | sha256sum -c --quiet`;
      return { remote, input: big.localPath };
    }
  }
}
