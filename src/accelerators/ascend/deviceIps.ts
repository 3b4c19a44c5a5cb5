import { body, lines, type Section } from '../../shell/sections.ts';
import type { DieAddresses } from '../accelerator.ts';

const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;

export function parseAddresses(sections: readonly Section[], dies: readonly number[]): DieAddresses {
  return {
    deviceIps: parseDeviceIps(body(sections, 'device-ips'), body(sections, 'hccn-conf'), dies),
    pingsDies: body(sections, 'hccn-tool').trim() !== '',
  };
}

/**
 * Die id -> device ip. `said`: lines `die N ipaddr:172.16.1.2`, the first line of `hccn_tool -i N -ip -g`;
 * `conf`: /etc/hccn.conf, with lines `address_N=172.16.1.2`, for the dies that the tool does not report.
 */
export function parseDeviceIps(said: string, conf: string, dies: readonly number[]): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const line of lines(conf)) {
    const [, die, address] = /^\s*address_(\d+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (die !== undefined && address !== undefined) found.set(die, address);
  }
  for (const line of lines(said)) {
    const [, die, address] = /^die (\d+) ipaddr:\s*(\S+)\s*$/.exec(line) ?? [];
    if (die !== undefined && address !== undefined) found.set(die, address);
  }
  return Object.fromEntries(
    dies.flatMap((die) => {
      const address = found.get(String(die));
      return address !== undefined && IPV4.test(address) ? [[String(die), address]] : [];
    }),
  );
}
