import { body, lines, type Section } from '../../shell/sections.ts';
import type { DieAddresses } from '../accelerator.ts';

const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;

/**
 * `device-ips`: lines `die N ipaddr:172.16.1.2`, the first line of `hccn_tool -i N -ip -g`; `hccn-conf`: /etc/hccn.conf, with lines
 * `address_N=172.16.1.2`, for the dies whose address the tool does not report. A comment may follow, and of several lines of a die the last counts.
 */
export function parseAddresses(sections: readonly Section[], dies: readonly number[]): DieAddresses {
  const live = addressesIn(body(sections, 'device-ips'), /^die (\d+) ipaddr:\s*(\S+)\s*$/, dies);
  const configured = addressesIn(body(sections, 'hccn-conf'), /^\s*address_(\d+)\s*=\s*([^\s#]+)\s*(?:#.*)?$/, dies);
  return {
    deviceIps: { ...configured, ...live },
    dieAddresses: { live, configured },
    pingsDies: body(sections, 'hccn-tool').trim() !== '',
  };
}

function addressesIn(text: string, line: RegExp, dies: readonly number[]): Readonly<Record<string, string>> {
  const found = lines(text).flatMap((each): (readonly [string, string])[] => {
    const [, die, address] = line.exec(each) ?? [];
    if (die === undefined || address === undefined || !IPV4.test(address)) return [];
    return dies.includes(Number(die)) ? [[String(Number(die)), address]] : [];
  });
  return Object.fromEntries(found);
}
