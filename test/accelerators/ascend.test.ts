import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readChips, readProcesses } from '../../src/accelerators/ascend/chips.ts';
import { parseAddresses } from '../../src/accelerators/ascend/deviceIps.ts';
import { parseAscendDies } from '../../src/accelerators/ascend/dies.ts';
import { acceleratorOf } from '../../src/accelerators/index.ts';
import type { Section } from '../../src/shell/sections.ts';
import { findingsWith } from './findings.ts';
import { probing } from './probing.ts';

const { folder, fake, probe } = probing();
const section = (name: string, body: string): Section => ({ name, index: null, body });

describe('a container', () => {
  test('that computes has the driver, its devices and its dies', () => {
    expect(acceleratorOf('ascend').container([0, 3])).toEqual({
      mounts: [
        '/data:/data',
        '/tmp:/tmp',
        '/usr/local/Ascend/driver:/usr/local/Ascend/driver',
        '/usr/local/dcmi:/usr/local/dcmi',
        '/usr/local/bin/npu-smi:/usr/local/bin/npu-smi',
        '/etc/ascend_install.info:/etc/ascend_install.info',
        '/usr/local/sbin:/usr/local/sbin',
        '/etc/hccn.conf:/etc/hccn.conf',
        '/usr/bin/hccn_tool:/usr/bin/hccn_tool',
      ],
      files: ['/usr/local/bin/npu-smi', '/etc/ascend_install.info', '/etc/hccn.conf', '/usr/bin/hccn_tool'],
      devices: ['/dev/davinci_manager', '/dev/hisi_hdc', '/dev/devmm_svm'],
      flags: [],
      env: { ASCEND_RT_VISIBLE_DEVICES: '0,3' },
      workdir: '/data',
    });
  });

  test('that computes nothing runs on a host without the driver', () => {
    expect(acceleratorOf('ascend').container([])).toEqual({
      mounts: ['/data:/data', '/tmp:/tmp'],
      files: [],
      devices: [],
      flags: [],
      env: {},
      workdir: '/data',
    });
  });
});

test('device ips are asked of all dies side by side', async () => {
  mkdirSync(join(folder(), 'asked'));
  // none answers before all were asked
  fake(
    'hccn_tool',
    `: > ${folder()}/asked/$2
until [ "$(ls ${folder()}/asked | wc -l)" = 8 ]; do sleep 0.05; done
[ "$2" != 2 ] || exit 1
printf "ipaddr:172.16.1.%s\\nnetmask:255.255.0.0\\n" "$2"`,
  );
  const { deviceIps } = await probe({ accelerator: 'ascend', dies: [0, 1, 2, 3, 4, 5, 6, 7] });
  expect(deviceIps).toMatchObject({ 0: '172.16.1.0', 1: '172.16.1.1', 7: '172.16.1.7' });
  expect(deviceIps).not.toHaveProperty('2');
});

const NPU_SMI = `cat <<'TABLE'
+------------------------------------------------------------------------------------------------+
| npu-smi 24.1.rc3                 Version: 24.1.rc3                                             |
+---------------------------+---------------+----------------------------------------------------+
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip  Phy-ID              | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
+===========================+===============+====================================================+
| 0     Ascend910           | OK            | 178.3       38                0    / 0             |
| 0     0                   | 0000:9D:00.0  | 0           0    / 0          3404 / 65536         |
| 0     Ascend910           | OK            | -           37                0    / 0             |
| 1     1                   | 0000:9F:00.0  | 0           0    / 0          3189 / 65536         |
+===========================+===============+====================================================+
| 1     Ascend910           | OK            | 173.2       37                0    / 0             |
| 0     2                   | 0000:99:00.0  | 0           0    / 0          3404 / 65536         |
| 1     Ascend910           | OK            | -           37                0    / 0             |
| 1     3                   | 0000:9B:00.0  | 0           0    / 0          3189 / 65536         |
+---------------------------+---------------+----------------------------------------------------+
| NPU     Chip              | Process id    | Process name             | Process memory(MB)      |
+===========================+===============+====================================================+
| No running processes found in NPU 0                                                            |
+===========================+===============+====================================================+
| 1       1                 | 4711          | python3.11               | 3303                    |
+===========================+===============+====================================================+
TABLE`;

test('what runs on dies is named by their driver, with the containers it is in', async () => {
  fake('npu-smi', NPU_SMI);
  const { machine } = await probe({ accelerator: 'ascend' });
  expect(machine.dieProcesses).toEqual([{ die: 3, pid: 4711, name: 'python3.11', container: null }]);
});

describe('a driver that does not answer what runs on dies', () => {
  const silent = async () => {
    const { dieProcesses, driverSilent } = (await probe({ accelerator: 'ascend' })).machine;
    return { dieProcesses, driverSilent };
  };

  test('has no program', async () => {
    expect(await silent()).toEqual({
      dieProcesses: null,
      driverSilent: 'npu-smi was not found on PATH nor in /usr/local/Ascend/driver/tools',
    });
  });

  test('has a program that fails', async () => {
    fake('npu-smi', 'echo "dcmi model initialized failed, because the device is used. ret is -8020"; exit 1');
    expect(await silent()).toEqual({
      dieProcesses: null,
      driverSilent:
        'npu-smi failed with exit code 1: dcmi model initialized failed, because the device is used. ret is -8020',
    });
  });

  test('has a program that prints no table', async () => {
    fake('npu-smi', 'echo "dcmi module initialize failed. ret is -8005"');
    expect(await silent()).toEqual({
      dieProcesses: null,
      driverSilent: 'dcmi module initialize failed. ret is -8005',
    });
    fake('npu-smi', ':');
    expect(await silent()).toEqual({ dieProcesses: null, driverSilent: 'it printed nothing' });
  });
});

test('a process without a name is one all the same', () => {
  const table = `| 0     Ascend910           | OK            | 178.3       38                0    / 0             |
| 0     0                   | 0000:9D:00.0  | 0           0    / 0          3404 / 65536         |
| NPU     Chip              | Process id    | Process name             | Process memory(MB)      |
| 0       0                 | 7003          |                          | 3303                    |
| 0       0                 | 7004          | VLLM::Worker TP0         | 3303                    |
`;
  expect(readProcesses(table)).toEqual([
    { die: 0, pid: 7003, name: '' },
    { die: 0, pid: 7004, name: 'VLLM::Worker TP0' },
  ]);
});

test('the driver is not asked what runs on dies where the answer must be quick', async () => {
  fake('npu-smi', `: > ${folder()}/called`);
  const { machine } = await probe({ accelerator: 'ascend' }, true);
  expect(existsSync(`${folder()}/called`)).toBe(false);
  expect(machine).toMatchObject({ dieNodes: [], dieProcesses: null });
});

test('a die has a device file of its own; the manager is not one', () => {
  const nodes = '/dev/davinci10 /dev/davinci2 /dev/davinci_manager /dev/nvidia1\n';
  expect(parseAscendDies([section('die-nodes', nodes)]).dieNodes).toEqual([2, 10]);
});

test('dies can be pinged where the tool is', async () => {
  expect((await probe({ accelerator: 'ascend' })).machine.pingsDies).toBe(false);
  fake('hccn_tool', 'exit 1');
  expect((await probe({ accelerator: 'ascend' })).machine.pingsDies).toBe(true);
});

test('another container uses the dies that its environment names', async () => {
  fake(
    'docker',
    `case "$*" in
  "version --format {{json .}}") echo '{"Client":{},"Server":{"Version":"20.10.24"}}';;
  "ps -aq --no-trunc") echo c1;;
  *'{{if eq (index $part 0) "ASCEND_RT_VISIBLE_DEVICES"}}'*c1) echo '{"id":"c1","name":"/n","dies":["0,1"]}';;
esac`,
  );
  const { docker } = await probe({ accelerator: 'ascend' });
  expect(docker.containers.map(({ dies }) => dies)).toEqual([[0, 1]]);
});

describe('device ips', () => {
  const parse = (said: string, conf: string, dies: readonly number[]) =>
    parseAddresses([section('device-ips', said), section('hccn-conf', conf)], dies);

  test('come from hccn_tool, and from hccn.conf for dies it says nothing of', () => {
    const said = 'die 0 ipaddr:172.16.1.10\ndie 1 ipaddr: 172.16.1.11\ndie 3 Cmd error: device busy\n';
    const conf =
      '# hccn\naddress_1=9.9.9.9\r\naddress_2=172.16.1.12\nnetmask_2=255.255.0.0\naddress_30 = 172.16.1.30\n';
    const { deviceIps, dieAddresses } = parse(said, conf, [0, 1, 2, 3, 30]);
    expect(deviceIps).toEqual({ 0: '172.16.1.10', 1: '172.16.1.11', 2: '172.16.1.12', 30: '172.16.1.30' });
    expect(dieAddresses).toEqual({
      live: { 0: '172.16.1.10', 1: '172.16.1.11' },
      configured: { 1: '9.9.9.9', 2: '172.16.1.12', 30: '172.16.1.30' },
    });
  });

  test('may have a comment behind them in hccn.conf, where the last line of a die counts', () => {
    const conf = 'address_0=172.16.1.9\naddress_0=172.16.1.10\naddress_1 = 192.168.1.7 # second\naddress_2=1.2.3.4#x\n';
    expect(parse('', conf, [0, 1, 2]).deviceIps).toEqual({ 0: '172.16.1.10', 1: '192.168.1.7', 2: '1.2.3.4' });
  });

  test('are addresses, and of dies asked for', () => {
    expect(parse('die 0 ipaddr:none\ndie 1 ipaddr:172.16.1.11\n', '', [0]).deviceIps).toEqual({});
  });

  test('are asked of a tool that is in the folder that the driver was installed to, and not on the PATH', async () => {
    mkdirSync(join(folder(), 'opt/driver/tools'), { recursive: true });
    const tool = join(folder(), 'opt/driver/tools/hccn_tool');
    writeFileSync(tool, '#!/bin/sh\necho ipaddr:172.16.9.$2\n');
    chmodSync(tool, 0o755);
    // in place of /etc/ascend_install.info
    fake(
      'sed',
      `case "$*" in *Driver_Install_Path_Param*) printf '%s \\r\\n' ${folder()}/opt;; *) exec /bin/sed "$@";; esac`,
    );
    const { deviceIps, machine } = await probe({ accelerator: 'ascend', dies: [4] });
    expect(deviceIps).toEqual({ 4: '172.16.9.4' });
    expect(machine.pingsDies).toBe(true);
    expect(machine.dieAddresses?.live).toEqual({ 4: '172.16.9.4' });
  });
});

/** A chip's two lines of the table. */
const chip = (npu: number, cell: string, health = 'OK') =>
  `| ${npu}     Ascend     | ${health}     | -     40     0 / 0     |\n| ${cell}     | 0000:9D:00.0  | 0     1 / 2     |\n`;
const used = (npu: number, on: number, pid: number) => `| ${npu}   ${on}   | ${pid}   | python3   | 3303   |\n`;
const PROCESSES = '| NPU     Chip | Process id | Process name | Process memory(MB) |\n';

describe('the number of a die', () => {
  test('is that of its own column, where NPUs do not start at 0', () => {
    const table = `${chip(4, '0     8')}${chip(4, '1     9')}${PROCESSES}${used(4, 1, 70)}${used(4, 0, 71)}`;
    expect(readProcesses(table)).toEqual([
      { die: 9, pid: 70, name: 'python3' },
      { die: 8, pid: 71, name: 'python3' },
    ]);
  });

  test('is that of its own column, where NPUs have different numbers of chips', () => {
    const table = `${chip(0, '0     0')}${chip(1, '0     1')}${chip(1, '1     2')}${PROCESSES}${used(1, 0, 70)}`;
    expect(readChips(table).map(({ die }) => die)).toEqual([0, 1, 2]);
    expect(readProcesses(table)).toEqual([{ die: 1, pid: 70, name: 'python3' }]);
  });

  test('is the number of its NPU in a table without a column for it', () => {
    const table = `${chip(2, '0')}${chip(5, '0', 'Alarm')}${PROCESSES}${used(5, 0, 70)}`;
    expect(readChips(table)).toMatchObject([
      { die: 2, health: 'OK' },
      { die: 5, health: 'Alarm' },
    ]);
    expect(readProcesses(table)).toEqual([{ die: 5, pid: 70, name: 'python3' }]);
  });

  test('is not known where rows claim the same one, and no process is then on it', () => {
    const table = `${chip(3, '0')}${chip(3, '1')}${chip(6, '0')}${PROCESSES}${used(3, 1, 70)}${used(6, 0, 71)}`;
    expect(readProcesses(table)).toEqual([{ die: 6, pid: 71, name: 'python3' }]);
  });

  test('is not made for a process of a chip that the table does not list', () => {
    expect(readProcesses(`${chip(0, '0     0')}${PROCESSES}${used(7, 1, 70)}`)).toEqual([]);
  });
});

test('a process on a die has its owner and its command, without the values of keys', async () => {
  const child = spawn('sleep', ['60'], { argv0: 'serve --api-key=sesame --token sesame --model /m' });
  try {
    fake('npu-smi', `cat <<'TABLE'\n${chip(0, '0     6')}${PROCESSES}${used(0, 0, child.pid!)}TABLE`);
    const { machine } = await probe({ accelerator: 'ascend' });
    expect(machine.dieProcesses).toEqual([
      {
        die: 6,
        pid: child.pid,
        name: 'python3',
        container: null,
        user: userInfo().username,
        command: 'serve --api-key=*** --token *** --model /m 60',
      },
    ]);
  } finally {
    child.kill();
  }
});

test('findings name the tools of the driver', () => {
  expect(findingsWith('ascend')).toEqual([
    'die 3 of d0 is not on the host, which has 0, 1, 2 (mend ascend_rt_visible_devices, or see whether the driver lost it: npu-smi info -l)',
    'process 4711 (python3) runs on die 2 that d0 needs (see whose it is before you end it: ps -o user,lstart,args -p 4711 on that host)',
    'die 0 has device IP 172.16.1.0, as has die 0 of 10.0.0.1 (give it another with hccn_tool -i N -ip -s)',
    'the driver is 23 here and 24.1.rc3 on another host (install the same version)',
    'the firmware of the dies is missing here and 7.5.0.1 on another host (install the same version)',
    'CANN is missing here and 8.0.RC3 on another host (install the same version)',
  ]);
});
