import { describe, expect, it } from 'vitest';
import { lookUpHosts } from '../../../src/operations/cluster/lookUpHosts.ts';

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  one: ['10.0.0.2', '2001:db8::2', '10.0.0.2'],
  two: ['10.0.0.2', '10.9.0.2'],
  six: ['2001:db8::2'],
  here: ['127.0.1.1'],
  localhost: ['::1', '127.0.0.1'],
};

async function resolve(name: string): Promise<readonly string[]> {
  if (name === 'slow') throw Object.assign(new Error('again'), { code: 'EAI_AGAIN' });
  if (KNOWN[name] === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  return KNOWN[name];
}

async function found(name: string) {
  return (await lookUpHosts([name], resolve)).get(name);
}

describe('lookUpHosts', () => {
  it('gives the one IPv4 address of a name', async () => {
    expect(await found('one')).toEqual({ address: '10.0.0.2' });
    expect(await found('localhost')).toEqual({ address: '127.0.0.1' });
  });

  it('leaves out names that this machine does not know', async () => {
    expect(await found('gone')).toBeUndefined();
  });

  it.each([
    ['two', '`two` has several addresses: 10.0.0.2, 10.9.0.2.'],
    ['six', '`six` has only IPv6 addresses (2001:db8::2), and server lists and rank tables take IPv4 ones.'],
    ['here', 'This machine resolves `here` to 127.0.1.1, which is on every host the host itself.'],
    ['slow', 'The name server of this machine did not answer for `slow`.'],
  ])('refuses %s, with the reason', async (name, message) => {
    expect(await found(name)).toMatchObject({ problem: { message } });
  });

  it('asks this machine by default', async () => {
    expect((await lookUpHosts(['localhost'])).get('localhost')).toEqual({ address: '127.0.0.1' });
  });
});
