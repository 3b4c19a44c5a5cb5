import type { ImportedHost } from './cluster.ts';
import type { Profile } from './profile.ts';

/** Lists what the profiles of an instance set otherwise than the places of its hosts give; its master comes first. */
export function noteContradictions(hosts: readonly ImportedHost[], profiles: ReadonlyMap<string, Profile>): void {
  const master = hosts[0]!;
  for (const { name } of hosts) {
    const profile = profiles.get(name)!;
    const masterIp = profile.arg('master-ip');
    if (masterIp !== null && masterIp !== master.address)
      profile.leave(['args', 'master-ip'], `the master of its instance is ${master.name}, ${master.address}`);
    const own = profile.env('LOG_PATH');
    const [logs, ofHost] = [profile.arg('log-dir'), `${own}/${name}`];
    if (logs !== null && logs !== own && logs !== ofHost)
      profile.leave(['args', 'log-dir'], `logs go to ${ofHost}, below log_path`);
  }
}
