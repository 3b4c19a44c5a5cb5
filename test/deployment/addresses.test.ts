import { describe, expect, it } from 'vitest';
import { addressProblem, isHostName } from '../../src/deployment/address.ts';
import type { Lookup } from '../../src/deployment/expandHosts.ts';
import { hostEntries } from '../../src/deployment/hostRange.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { SOUND } from './sample.ts';

const IPV6 = 'Write the IPv4 address by which the hosts reach each other: ip -4 addr shows it on the host.';

describe('addressProblem', () => {
  it.each([
    ['2001:db8::7', IPV6],
    ['[2001:db8::7]:22', IPV6],
    ['fe80::1%bond0', IPV6],
    ['10.1.0.7:2200', 'Write only 10.1.0.7, and `ssh_port: 2200` if that is the port of SSH.'],
    ['ops@10.1.0.7', 'Write only 10.1.0.7, and `user: ops`.'],
    ['ops@10.1.0.7:2200', 'Write only 10.1.0.7, and `user: ops` and `ssh_port: 2200` if that is the port of SSH.'],
    ['http://10.1.0.7:8000/v1', 'Write only 10.1.0.7.'],
    ['10.1.0.7/24', 'Write only 10.1.0.7.'],
    ['10.1.0.7，10.1.0.8', 'Separate addresses by a comma instead of `，`: "10.1.0.7,10.1.0.8".'],
    ['10.1.0.7、10.1.0.8', 'Separate addresses by a comma instead of `、`: "10.1.0.7,10.1.0.8".'],
    ['10.1.0.7;10.1.0.8', 'Separate addresses by a comma instead of `;`: "10.1.0.7,10.1.0.8".'],
    ['10.1.0.7 10.1.0.8', 'Separate addresses by a comma instead of a blank: "10.1.0.7,10.1.0.8".'],
    ['１０.1.0.7', 'Write it in half-width characters: 10.1.0.7'],
    ['10。1。0。7', 'Write it in half-width characters: 10.1.0.7'],
    ['10.1.0.[7-9]', 'Write the range as 10.1.0.[7:9] or 10.1.0.7-9.'],
    ['10.1.0.9-7', 'A range goes from a number to a larger one, at most 255: 10.0.0.1-8.'],
    ['10.1.0.7-10.1.1.2', 'The ends of a range differ only in their last number: write a range for each network.'],
    ['10.1.0.7-9', 'One host belongs here, not a range of them.'],
    ['10.1.0.*', 'A range is written as 10.0.0.[1:8] or 10.0.0.1-8.'],
    ['10.1.0.0/24', 'Write its hosts, each or as a range: 10.0.0.1-8.'],
    ['10.1.4.0/22', 'Write its hosts, each or as a range: 10.0.0.1-8.'],
    ['10.1.0.7/32', 'Write only 10.1.0.7.'],
    ['10.1.0.0/32', 'Write only 10.1.0.0.'],
    ['10.1.0.7..9', 'Write the range as 10.1.0.[7:9] or 10.1.0.7-9.'],
    ['10.1.0.7...9', 'Write the range as 10.1.0.[7:9] or 10.1.0.7-9.'],
    ['10.1.0.{7..9}', 'Write the range as 10.1.0.[7:9] or 10.1.0.7-9.'],
    ['10.1..7', 'It has four numbers: 10.0.0.1.'],
    ['10.1.0.7–9', 'Write - instead of `–`: 10.1.0.7-9'],
    ['10.1.0.7－9', 'Write - instead of `－`: 10.1.0.7-9'],
    ['10.1.0.7～9', 'Write - instead of `～`: 10.1.0.7-9'],
    ['‘10.1.0.7’', 'Write it without `‘`: 10.1.0.7'],
    ['“10.1.0.7', 'Write it without `“`: 10.1.0.7'],
    ['"10.1.0.7"', 'Write it without `"`: 10.1.0.7'],
    ['10.1.0.{1,2}', 'Write it as 10.1.0.1,10.1.0.2'],
    ['10.1.0.[1,3-5]', 'Write it as 10.1.0.1,10.1.0.[3:5]'],
    ['npu[01-04,7]', 'Write it as npu[01:04],npu7'],
    ['npu[4:1]', 'A range is written as 10.0.0.[1:8] or 10.0.0.1-8.'],
    ['10,1,0,7', 'Separate its numbers by dots: 10.1.0.7'],
    ['10.1.0.[01:12]', 'Numbers of addresses have no leading zeros: write the range as 10.1.0.[1:12] or 10.1.0.1-12.'],
    ['=10.1.0.7', 'Write an IPv4 address such as 10.0.0.1, or the name of a host.'],
  ])('has a hint for %s', (address, hint) => {
    expect(addressProblem(address)?.hint).toBe(hint);
  });

  it.each([
    ['\u200B10.1.0.7', 'U+200B', 1],
    ['10.1.0.7\uFEFF', 'U+FEFF', 9],
    ['10.1.\u200D0.7', 'U+200D', 6],
  ])('names an invisible character and where it is: %j', (address, code, position) => {
    expect(addressProblem(address)).toEqual({
      message: `\`10.1.0.7\` contains an invisible character (${code}) at position ${position}.`,
      hint: 'Delete it: type 10.1.0.7 again instead of pasting it.',
    });
  });

  it('takes addresses', () => {
    for (const address of ['10.1.0.7', '192.168.255.1', '127.0.0.1']) expect(addressProblem(address)).toBeNull();
  });
});

describe('isHostName', () => {
  it('tells names of hosts from addresses and mistakes', () => {
    for (const name of ['npu-7', 'a', 'npu7.cluster.example', 'N_1']) expect(isHostName(name)).toBe(true);
    for (const other of ['10.1.0.7', '7', '-a', 'a b', 'a@b', 'a:1', '', 'a..b']) expect(isHostName(other)).toBe(false);
  });
});

describe('hostEntries', () => {
  it('writes out both forms of ranges', () => {
    const three = ['10.1.0.9', '10.1.0.10', '10.1.0.11'];
    for (const range of ['10.1.0.9-11', '10.1.0.[9:11]', '10.1.0.9-10.1.0.11'])
      expect(hostEntries(range)).toEqual(three);
    expect(hostEntries('npu[1:2].[a:b]')).toEqual(['npu1.a', 'npu1.b', 'npu2.a', 'npu2.b']);
    expect(hostEntries('npu-1')).toEqual(['npu-1']);
    expect(hostEntries('npu[08:10]')).toEqual(['npu08', 'npu09', 'npu10']);
    for (const bad of ['10.1.0.[08:10]', '10.1.0.250-256', '10.1.0.3-1', 'npu[2:1]', 'npu[1:2'])
      expect(hostEntries(bad)).toBeNull();
  });
});

const at = (address: string): Lookup => ({ address });

function read(text: string, lookups: ReadonlyMap<string, Lookup> = new Map()) {
  return readDeployment(text, { file: 'c.yml', directory: '/d', home: '/h', lookups });
}

const DECODE = '"10.0.0.2,10.0.0.3"';

describe('hosts of a deployment file', () => {
  it('may be ranges, as a text and as a list', () => {
    for (const hosts of ['"10.0.0.[2:3]"', '10.0.0.2-3', '[10.0.0.2-3]', '[10.0.0.2, "10.0.0.[3:3]"]']) {
      const { deployment, faults } = read(SOUND.replace(DECODE, hosts));
      expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(deployment!.decode[0]!.hosts.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.3']);
    }
  });

  it('have their faults at the entry that the range is written in', () => {
    const { faults } = read(SOUND.replace(DECODE, '"10.0.0.2-4, 10.0.0.3,10.0.0.x"'));
    const at = SOUND.split('\n').findIndex((line) => line.includes(DECODE));
    const column = SOUND.split('\n')[at]!.indexOf(DECODE) + 1;
    expect(faults.map(({ code, line, col }) => [code, line, col])).toEqual([
      ['duplicate_host', at + 1, column + 13],
      ['bad_address', at + 1, column + 22],
    ]);
  });

  it.each([
    ['10.0.0.{2,3}', 'Write it as 10.0.0.2,10.0.0.3'],
    ['10.0.0.[2,4-6]', 'Write it as 10.0.0.2,10.0.0.[4:6]'],
    ['10,0,0,2', 'Separate its numbers by dots: 10.0.0.2'],
    ['10.0.0.[02:04]', 'Numbers of addresses have no leading zeros: write the range as 10.0.0.[2:4] or 10.0.0.2-4.'],
  ])('have one fault for the one entry %s, with commas or not', (entry, hint) => {
    const text = SOUND.replace(DECODE, `"10.0.0.7,${entry},10.0.0.8-9"`);
    const { faults } = read(text);
    const column =
      text
        .split('\n')
        .find((line) => line.includes(entry))!
        .indexOf(entry) + 1;
    expect(faults.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'bad_address', col: column, message: `\`${entry}\` is not an IPv4 address.`, hint },
    ]);
  });

  it('are resolved by name, the proxy and blocks of hosts too, and keep their names', () => {
    const text = SOUND.replace(DECODE, '"npu[2:3]", host npu3: {base_api_port: 9900}').replace(
      'host: "10.0.0.1"',
      'host: gate.example',
    );
    const lookups = new Map([
      ['npu2', at('10.0.0.2')],
      ['npu3', at('10.0.0.3')],
      ['gate.example', at('10.0.0.1')],
    ]);
    const { deployment, faults, names } = read(text, lookups);
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(deployment!.decode[0]!.hosts).toMatchObject([
      { address: '10.0.0.2', name: 'npu2' },
      { address: '10.0.0.3', name: 'npu3', baseApiPort: 9900 },
    ]);
    expect(deployment!.proxy).toMatchObject({ host: '10.0.0.1', name: 'gate.example' });
    expect([...names]).toEqual([
      ['10.0.0.2', 'npu2'],
      ['10.0.0.3', 'npu3'],
      ['10.0.0.1', 'gate.example'],
    ]);
    const { nodes } = topologyOf(deployment!);
    expect(nodes.find(({ name }) => name === 'd1')!.reasons.host).toEqual({
      value: '10.0.0.3',
      because: 'host 2 of 2 of deployment.decode.group1: npu3, as this machine resolves it',
    });
    // what is kept of the file are addresses
    expect(JSON.stringify(deployment!.source!.document)).not.toContain('npu');
  });

  it('are asked for by name, and faulty where they are not known', () => {
    const { unknownNames, faults } = read(SOUND.replace(DECODE, '"npu2,10.0.0.3"'));
    expect(unknownNames).toEqual(['npu2']);
    expect(faults.find(({ code }) => code === 'bad_address')).toMatchObject({
      message: '`npu2` is not an IPv4 address, and this machine does not know a host of that name.',
      path: 'deployment.decode.group1.hosts.0',
    });
  });

  it('are faulty with the reason why a name has no address that can be used', () => {
    const problem = { message: '`npu2` has several addresses: 10.0.0.2, 10.9.0.2.', hint: 'Write one.' };
    const { faults } = read(SOUND.replace(DECODE, '"npu2,10.0.0.3"'), new Map([['npu2', { problem }]]));
    expect(faults.find(({ code }) => code === 'bad_address')).toMatchObject(problem);
  });

  it('have the place of the block that is written by name', () => {
    const text = SOUND.replace(DECODE, '"npu2,10.0.0.3", host npu2: {base_api_port: 99000}');
    const { faults } = read(text, new Map([['npu2', at('10.0.0.2')]]));
    const lines = text.split('\n');
    const line = lines.findIndex((each) => each.includes('99000'));
    expect(faults.find(({ code }) => code === 'out_of_range')).toMatchObject({
      line: line + 1,
      col: lines[line]!.indexOf('99000') + 1,
      path: 'deployment.decode.group1.host npu2.base_api_port',
    });
  });
});
