import script from '../../../../templates/pause_servers.sh';
import type { NodePaths } from '../../../topology/paths.ts';
import type { Pausing } from '../../router.ts';

/** Where global_proxy.sh puts it unless it is asked for another place. */
const CONF = '/usr/local/nginx/conf/nginx.conf';
/** Requests under way get this long to end; a restart cuts what is left. */
const WAIT_SECONDS = 3;

/** @param conf nginx's configuration, which is changed */
export function pausing({ run }: NodePaths, conf = CONF): Pausing {
  const marker = `${run}/paused`;
  const argv = ['sh', '-c', script, 'pause', conf, marker];
  return {
    pause: (servers) => [...argv, String(WAIT_SECONDS), servers.flatMap(asInProc).join('|'), ...servers],
    resume: argv,
    marker,
  };
}

/** As /proc/net/tcp writes an address: the bytes in the order of the machine, which is little-endian. */
function asInProc(server: string): string[] {
  const colon = server.lastIndexOf(':');
  const ip = server.slice(0, colon);
  if (!/^\d+(\.\d+){3}$/.test(ip)) return [];
  const bytes = ip.split('.').reverse();
  return [`${bytes.map((byte) => hex(byte, 2)).join('')}:${hex(server.slice(colon + 1), 4)}`];
}

function hex(decimal: string, digits: number): string {
  return Number(decimal).toString(16).toUpperCase().padStart(digits, '0');
}
