import { describe, expect, it } from 'vitest';
import { FAULTY } from './faultyFiles.ts';
import { faultsOf, parse, SOUND, withPart } from './sample.ts';

describe('readDeployment', () => {
  it('finds no fault in a sound file', () => {
    expect(faultsOf(SOUND)).toEqual([]);
    expect(parse(SOUND).deployment).not.toBeNull();
  });

  it.each(FAULTY)('reports %s, once', (_, part, by, faults) => {
    expect(faultsOf(withPart(part, by))).toEqual(faults);
  });

  it('has no deployment when there is an error, and one when there are only warnings', () => {
    expect(parse(withPart('model_path', 'modle_path')).deployment).toBeNull();
    expect(parse(withPart('private_key: ~/.ssh/id', 'password: x')).deployment).not.toBeNull();
  });

  it('reports all faults at once, in the order of the file', () => {
    const text = withPart('10.0.0.2,10.0.0.3', '10.0.0.2,host3')
      .replace('listen_port: 7000', 'listen_port: 99999')
      .replace('user: root', 'usr: root')
      .replace('model_path: /data/model', 'model_path: data/model');
    expect(faultsOf(text).map((fault) => fault.split(' ').slice(0, 3).join(' '))).toEqual([
      '2:14 error unknown_key',
      '6:31 error bad_address',
      '7:42 error out_of_range',
      '10:15 error bad_value',
    ]);
  });

  it('keeps what is sound for further checks: a broken group does not hide the others', () => {
    const text = withPart('  decode:\n', '    group2: {hosts: nowhere}\n  decode:\n');
    const { deployment, sound } = parse(text);
    expect(deployment).toBeNull();
    expect(sound?.prefill.map((group) => group.name)).toEqual(['group1']);
    expect(sound?.decode.map((group) => group.name)).toEqual(['group1']);
  });

  it('has nothing sound left when a role has no whole group', () => {
    expect(parse(withPart('10.0.0.2,10.0.0.3', 'nowhere')).sound).toBeNull();
  });

  it('names the path of every fault', () => {
    const text = withPart('10.0.0.2,10.0.0.3", ', '10.0.0.2,x", host 10.0.0.2: {user: 1, shm: 2}, ');
    expect(parse(text).faults.map(({ path }) => path)).toEqual([
      'deployment.decode.group1.hosts.1',
      'deployment.decode.group1.host 10.0.0.2.shm',
    ]);
  });

  it('sees a fault behind several aliases once, where it is written', () => {
    const text = withPart('deployment:\n', 'x-group: &group {master_prt: 8000}\ndeployment:\n')
      .replace('group1: {hosts: "10.0.0.1"', 'group1: {<<: *group, hosts: "10.0.0.1"')
      .replace('group1: {hosts: "10.0.0.2', 'group1: {<<: *group, hosts: "10.0.0.2');
    expect(faultsOf(text)).toEqual([
      '1:18 error unknown_key Unknown key `master_prt` in `deployment.prefill.group1`. | `master_port` is there already: remove this one.',
    ]);
  });
});
