import { describe, expect, test } from 'vitest';
import { hostAddress, hostNamespace, MAX_HOSTS, networkOf } from '../../src/lab/network.ts';

describe('a lab’s network', () => {
  test('of the first lab has the addresses of the ready inventories', () => {
    const network = networkOf('lab', 0);
    expect(network).toEqual({
      index: 0,
      subnet: '198.51.100.0/27',
      gateway: '198.51.100.1',
      uplink: '198.51.100.2',
      controller: 'omniplace.lab',
      uplinkDevice: 'omnilab0',
    });
    expect(hostAddress(network, 1)).toBe('198.51.100.11');
    expect(hostNamespace(network, 1)).toBe('omniplace.lab.h1');
  });

  test('holds its last host, and shares no address with another', () => {
    const all = Array.from({ length: 8 }, (_, index) => networkOf(`lab${index}`, index));
    const last = all.map((network) => Number(hostAddress(network, MAX_HOSTS).split('.')[3]));
    // a /27 ends in its broadcast address
    expect(last).toEqual(all.map(({ index }) => 32 * index + 30));
    const numbers = Array.from({ length: MAX_HOSTS }, (_, i) => i + 1);
    const addresses = all.flatMap((network) => [
      network.gateway,
      network.uplink,
      ...numbers.map((number) => hostAddress(network, number)),
    ]);
    expect(new Set(addresses).size).toBe(8 * (MAX_HOSTS + 2));
  });

  test('has device names the kernel takes', () => {
    expect(networkOf('x'.repeat(24), 7).uplinkDevice.length).toBeLessThanOrEqual(15);
  });
});
