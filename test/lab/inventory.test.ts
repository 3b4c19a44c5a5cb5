import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { hostAddress, networkOf } from '../../src/lab/network.ts';
import { inventoryFor, type LabShape } from '../fakes/labInventory.ts';

const SHAPES: readonly LabShape[] = ['1p1d', '2p1d'];

function lab(name: string, index: number, numHosts = 4) {
  const numbers = Array.from({ length: numHosts }, (_, i) => i + 1);
  const address = (number: number) => hostAddress(networkOf(name, index), number);
  return { name, hosts: numbers.map((number) => ({ number, name: `h${number}`, address: address(number) })) };
}

describe('the deployment of a lab', () => {
  test.each(SHAPES)('named lab is the ready one (%s)', (shape) => {
    expect(inventoryFor(lab('lab', 0), shape)).toBe(readFileSync(`inventories/lab-${shape}.yml`, 'utf8'));
  });

  test.each(SHAPES)('of another name has its addresses, keys, code and a name of its own (%s)', (shape) => {
    const text = inventoryFor(lab('other', 3), shape);
    const { deployment, faults } = readDeployment(text, {
      file: 'lab.yml',
      directory: '/',
      home: '/root',
      overrides: [],
    });
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(deployment).toMatchObject({
      name: `other-${shape}`,
      image: 'omniplace/lab:1',
      engineSettings: { codePath: '/var/lib/omniplace-lab/other/code' },
      ssh: { knownHosts: '/var/lib/omniplace-lab/other/known_hosts' },
      proxy: { host: '198.51.100.107', login: { user: 'root', privateKey: '/var/lib/omniplace-lab/other/id_ed25519' } },
    });
    const decode = deployment!.decode[0]!.hosts.map(({ address }) => address);
    expect(decode).toEqual(shape === '1p1d' ? ['198.51.100.108'] : ['198.51.100.109', '198.51.100.110']);
    expect(text).not.toContain('omniplace-lab/lab/');
  });

  test('of a lab with too few hosts is refused', () => {
    expect(() => inventoryFor(lab('small', 1, 2), '2p1d')).toThrow("lab 'small' has no host 3");
  });
});
