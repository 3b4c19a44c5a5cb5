import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hosts } from './hosts.ts';
import type { Job } from './job.ts';

/** A file to every host by one `ssh` each, all at once: what a transfer costs when nothing is done beside it. */
export function sshCopyRun(folder: string, { all, key, knownHosts }: Hosts, big: Job['big']): readonly string[] {
  const options = [
    `-i ${key}`,
    `-o UserKnownHostsFile=${knownHosts}`,
    '-o BatchMode=yes',
    '-o Ciphers=aes128-gcm@openssh.com',
    '-o KexAlgorithms=curve25519-sha256',
  ].join(' ');
  const remote = `'cat > f64 && sync f64 && echo ${big.sha256} f64 | sha256sum -c --quiet'`;
  const lines = all.map(
    ({ address }) => `ssh ${options} root@${address} ${remote} < ${big.localPath} & pids="$pids $!"`,
  );
  const script = join(folder, 'floor.sh');
  writeFileSync(script, `${lines.join('\n')}\nfor pid in $pids; do wait "$pid" || exit 1; done\n`);
  return ['sh', script];
}
