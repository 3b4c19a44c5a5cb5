import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labDown } from '../../src/lab/down.ts';
import { DEFAULT_DIALECT } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { FAULTS, injectFault } from '../../src/lab/faults/faults.ts';
import { omniImage } from '../../src/lab/image/contents.ts';
import { labImage } from '../../src/lab/image/labImage.ts';
import { labPaths } from '../../src/lab/labPaths.ts';
import { labObstacle } from '../../src/lab/machine.ts';
import { claimedNetwork } from '../../src/lab/network.ts';
import { run } from '../../src/lab/shell.ts';
import { labStatus } from '../../src/lab/status.ts';
import { labUp } from '../../src/lab/up.ts';
import { imitates } from '../../src/lab/versions.ts';
import { writeImageArchive } from '../fakes/imageArchive.ts';
import { unless } from '../fakes/unless.ts';

const obstacle =
  labObstacle()?.message ?? (existsSync('dist/lab/engine.cjs') ? null : 'the image needs the build (npm run build)');
const LAB = `hosts${process.pid}`;
const REQUEST = { name: LAB, numHosts: 2, numDies: 4, withImage: true, imitates: imitates('omni', null) };
const said: string[] = [];
const say = (line: string) => said.push(line);

/** A server and its client, until they are ended. */
const CONNECTED =
  'import socket,time; s=socket.create_server(("127.0.0.1",7777)); c=socket.create_connection(("127.0.0.1",7777)); a=s.accept(); time.sleep(600)';

describe('hosts on one machine', unless(obstacle), () => {
  let addresses: readonly string[] = [];

  beforeAll(async () => {
    const { state } = await labUp(REQUEST, say);
    addresses = state.hosts.map(({ address }) => address);
  }, 240_000);

  afterAll(async () => {
    await labDown(LAB);
  });

  /** By the machine's own ssh. */
  async function ssh(host: number, command: string, options: readonly string[] = []) {
    const { key, knownHosts } = labPaths(LAB);
    const given = ['BatchMode=yes', 'ConnectTimeout=2', 'LogLevel=ERROR', `UserKnownHostsFile=${knownHosts}`];
    const flags = [...given.flatMap((option) => ['-o', option]), ...options];
    return run(['ssh', '-i', key, ...flags, `root@${addresses[host - 1]}`, command], { check: false });
  }

  function fault(kind: string, host: number, argument: string | null = null) {
    return injectFault({ lab: LAB, kind, host, argument });
  }

  describe('a host', () => {
    test('is reached with the keys in the lab’s folder and calls itself by its name', async () => {
      expect((await ssh(1, 'hostname')).stdout).toBe('h1\n');
      expect((await ssh(2, 'hostname')).stdout).toBe('h2\n');
    });

    test('sees its own processes only, tini first', async () => {
      const { stdout } = await ssh(1, 'ps -e -o comm=');
      expect(stdout.split('\n')[0]).toBe('tini');
      expect(stdout).not.toContain('node');
    });

    test('sees none of this machine’s files', async () => {
      const { code } = await ssh(1, `test -e ${labPaths(LAB).key} || test -e ${process.execPath}`);
      expect(code).toBe(1);
    });

    test('has the accelerator driver’s side, an address for each die', async () => {
      expect((await ssh(2, 'hccn_tool -i 3 -ip -g')).stdout).toBe('ipaddr:172.16.2.3\nnetmask:255.255.0.0\n');
      const refused = await ssh(2, 'hccn_tool -i 4 -ip -g');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toBe('hccn_tool: die 4 has no address in /etc/hccn.conf\n');
      expect((await ssh(1, 'npu-smi info -l')).stdout).toContain('Total Count                    : 4');
      const paths =
        '/usr/local/dcmi /usr/local/Ascend/driver /etc/ascend_install.info /usr/share/zoneinfo/Asia/Shanghai';
      expect((await ssh(1, `ls -d ${paths} /data/models/lab-moe/config.json /dev/davinci3`)).code).toBe(0);
    });

    test('runs the image with the flags of real deployments', async () => {
      const flags = ['--privileged', '--net=host', '--shm-size=64m'];
      const devices = ['davinci_manager', 'hisi_hdc', 'devmm_svm'].map((node) => `--device=/dev/${node}`);
      const shared = ['/usr/bin/hccn_tool', '/etc/hccn.conf', '/usr/local/Ascend/driver', '/usr/local/sbin'];
      const mounts = shared.map((path) => `-v ${path}:${path}`);
      const clock = '-v /usr/share/zoneinfo/Asia/Shanghai:/etc/localtime';
      const command =
        'hccn_tool -i 0 -ip -g && node -p 6*7 && python3 -m pip --version && date +%Z && test -c /dev/hisi_hdc';
      const all = [
        'docker run --rm',
        ...flags,
        ...devices,
        ...mounts,
        clock,
        'omniplace/lab:1 bash -c',
        `'${command}'`,
      ];
      const { stdout, code } = await ssh(1, all.join(' '));
      expect(stdout).toMatch(/^ipaddr:172\.16\.1\.0\nnetmask:255\.255\.0\.0\n42\npip 2\d\S+ from .*\nCST\n$/);
      expect(code).toBe(0);
    });

    test('is listed with what runs on it', async () => {
      await ssh(1, 'docker run -d --name napper --net=host omniplace/lab:1 sleep 600');
      const { hosts } = await labStatus(LAB);
      expect(hosts[0]).toMatchObject({ name: 'h1', address: addresses[0], power: 'on', sshd: true, dockerd: true });
      expect(hosts[0]!.containers).toEqual([{ name: 'napper', image: 'omniplace/lab:1', state: 'running' }]);
      expect(hosts[1]!.containers).toEqual([]);
      await ssh(1, 'docker rm -f napper');
    });
  });

  test('every host has one and the same image, which docker can save and load again', async () => {
    const image = await labImage(omniImage(DEFAULT_DIALECT), say);
    const ids = await Promise.all([1, 2].map((host) => ssh(host, 'docker images -q --no-trunc omniplace/lab:1')));
    expect(ids.map(({ stdout }) => stdout)).toEqual([`sha256:${image.id}\n`, `sha256:${image.id}\n`]);
    const again =
      'docker save omniplace/lab:1 -o /root/i.tar && docker rmi omniplace/lab:1 && docker load -i /root/i.tar';
    expect((await ssh(2, `${again} && rm /root/i.tar`)).stdout).toContain('Loaded image: omniplace/lab:1');
    expect((await ssh(2, 'docker images -q --no-trunc')).stdout).toBe(`sha256:${image.id}\n`);
  });

  test('an archive of the image loads under the id that seeded hosts have', async () => {
    const image = await labImage(omniImage(DEFAULT_DIALECT), say);
    const archive = join(labPaths(LAB).directory, 'image.tar.gz');
    await writeImageArchive(image, archive);
    await ssh(2, 'docker rmi omniplace/lab:1');
    const { key, knownHosts } = labPaths(LAB);
    const login = ['-i', key, '-o', `UserKnownHostsFile=${knownHosts}`, `root@${addresses[1]}`];
    await run(['ssh', ...login, 'docker load'], { input: readFileSync(archive) });
    expect((await ssh(2, 'docker images -q --no-trunc')).stdout).toBe(`sha256:${image.id}\n`);
    expect((await ssh(2, 'docker run --rm --net=host omniplace/lab:1 node -p 6*7')).stdout).toBe('42\n');
    rmSync(archive);
  });

  test('nothing sent to a lab address leaves this machine, and hosts reach only their own network', async () => {
    const guard = (await run(['ip', 'route', 'show', '198.51.100.0/24'])).stdout;
    expect(guard).toContain('unreachable 198.51.100.0/24 metric 4096');
    const other = await run(['ip', 'route', 'get', '198.51.100.254'], { check: false });
    expect(other.code).not.toBe(0);
    expect((await ssh(1, 'ip route')).stdout.trim().split('\n')).toHaveLength(1);
    expect((await ssh(1, 'ping -c 1 -W 1 192.0.2.1')).stderr).toContain('Network is unreachable');
  });

  test('a lab that is up is found up, and checked', async () => {
    const { alreadyUp } = await labUp(REQUEST, say);
    expect(alreadyUp).toBe(true);
    await expect(labUp({ ...REQUEST, numHosts: 3 }, say)).rejects.toThrow(
      `lab '${LAB}' is already up with 2 hosts of 4 dies`,
    );
  });

  test('an interrupted start leaves nothing', async () => {
    const name = `${LAB}b`;
    const abort = new AbortController();
    const interrupting = (line: string) => {
      if (line.startsWith('starting')) setTimeout(() => abort.abort(), 300);
    };
    await expect(labUp({ ...REQUEST, name }, interrupting, abort.signal)).rejects.toThrow('aborted');
    expect(await traces(name)).toEqual([]);
  });

  test('a lab without its records is taken down all the same, and one that was killed on its way up makes room', async () => {
    const request = { name: `${LAB}c`, numHosts: 1, numDies: 1, withImage: false, imitates: imitates('omni', null) };
    await labUp(request, say);
    const { state, run: records } = labPaths(request.name);
    for (const path of [state, records]) rmSync(path, { recursive: true });
    const { alreadyUp } = await labUp(request, say);
    expect(alreadyUp).toBe(false);
    expect(said).toContain(`removed what was left of an unfinished lab '${request.name}'`);
    for (const path of [state, records]) rmSync(path, { recursive: true });
    expect(await labDown(request.name)).toBe(true);
    expect(await traces(request.name)).toEqual([]);
  });

  describe('a fault', () => {
    test('cut takes the host off the network, uncut brings it back', async () => {
      await fault('cut', 2);
      expect((await ssh(2, 'true')).stderr).toMatch(/timed out|No route to host/);
      expect((await ssh(1, 'true')).code).toBe(0);
      await fault('uncut', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('refuse and blackhole close a port, each in its way, unfilter opens it', async () => {
      await fault('refuse', 2);
      expect((await ssh(2, 'true')).stderr).toContain('Connection refused');
      await fault('unfilter', 2);
      await fault('blackhole', 2, '22');
      expect((await ssh(2, 'true')).stderr).toContain('timed out');
      await fault('unfilter', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('latency adds its round trip, unlatency ends it', async () => {
      await fault('latency', 2, '60');
      expect(await roundTripMs(2)).toBeGreaterThanOrEqual(60);
      await fault('unlatency', 2);
      expect(await roundTripMs(2)).toBeLessThan(30);
    });

    test('rate limits the link, unrate ends that', async () => {
      await fault('rate', 2, '2mbit');
      const qdisc = () => run(['ip', 'netns', 'exec', `omniplace.${LAB}.h2`, 'tc', 'qdisc', 'show', 'dev', 'eth0']);
      expect((await qdisc()).stdout).toMatch(/tbf .* rate 2Mbit/);
      await fault('unrate', 2);
      expect((await qdisc()).stdout).not.toContain('tbf');
    });

    test('freeze hangs the host, thaw lets it go on', async () => {
      await fault('freeze', 2);
      expect((await labStatus(LAB)).hosts[1]).toMatchObject({ power: 'frozen', sshd: false, dockerd: false });
      expect((await ssh(2, 'true')).code).toBe(255);
      await fault('thaw', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('killsess ends sessions, not the listener; killsshd ends both until startsshd', async () => {
      const session = ssh(2, 'sleep 30');
      await expect.poll(async () => (await ssh(2, 'pgrep -x sleep -c')).stdout).toBe('2\n');
      await fault('killsess', 2);
      expect((await session).code).toBe(255);
      expect((await ssh(2, 'true')).code).toBe(0);
      await fault('killsshd', 2);
      expect((await ssh(2, 'true')).stderr).toContain('Connection refused');
      await fault('startsshd', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('newhostkey gives another key than known_hosts has, oldhostkey the former', async () => {
      await fault('newhostkey', 2);
      expect((await ssh(2, 'true')).stderr).toContain('Host key verification failed');
      await fault('oldhostkey', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('noauth forgets the key, auth knows it again', async () => {
      await fault('noauth', 2);
      expect((await ssh(2, 'true')).stderr).toContain('Permission denied');
      await fault('auth', 2);
      expect((await ssh(2, 'true')).code).toBe(0);
    });

    test('nodocker stops dockerd; killdocker leaves containers running; startdocker starts it again', async () => {
      await fault('nodocker', 2);
      expect((await ssh(2, 'docker ps')).stderr).toContain('Cannot connect to the Docker daemon');
      await fault('startdocker', 2);
      await ssh(2, 'docker run -d --name keep --net=host omniplace/lab:1 sleep 4321');
      await fault('killdocker', 2);
      expect((await ssh(2, 'docker ps')).stderr).toContain('Cannot connect to the Docker daemon');
      expect((await ssh(2, 'pgrep -fc "^sleep 4321"')).stdout).toBe('1\n');
      await fault('startdocker', 2);
      expect((await ssh(2, 'docker rm -f keep')).code).toBe(0);
    });

    test('memlimit kills what takes more, -1 lifts it', async () => {
      const take = `python3 -c 'print(len(bytearray(400 << 20)))'; exit $?`;
      await fault('memlimit', 2, '250M');
      expect((await ssh(2, take)).code).toBe(137);
      await fault('memlimit', 2, '-1');
      expect((await ssh(2, take)).code).toBe(0);
    });

    test('slowcpu takes processor time away, unslowcpu gives it back', async () => {
      const busy =
        'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; grep -o "nr_throttled.*" /sys/fs/cgroup/cpu*/cpu.stat';
      const throttled = async () => Number((await ssh(2, busy)).stdout.trim().split(' ').at(-1));
      await fault('slowcpu', 2);
      const during = await throttled();
      expect(during).toBeGreaterThan(0);
      await fault('unslowcpu', 2);
      const after = await throttled();
      expect(await throttled()).toBe(after);
    });

    test('smalldisk runs full and rofs refuses, until rwfs', async () => {
      await fault('smalldisk', 2, '/var/lib/omniplace:1m');
      expect((await ssh(2, 'head -c 2000000 /dev/zero > /var/lib/omniplace/f')).stderr).toContain('No space left');
      await fault('rwfs', 2);
      await fault('rofs', 2);
      expect((await ssh(2, 'echo x > /var/lib/omniplace/f')).stderr).toContain('Read-only file system');
      await fault('rwfs', 2);
      expect((await ssh(2, 'echo x > /var/lib/omniplace/f')).code).toBe(0);
    });

    test('poweroff silences the host; boot brings back its files, not its processes or connections', async () => {
      await ssh(2, 'echo kept > /root/kept; echo gone > /run/gone; sync');
      await ssh(2, `setsid python3 -c '${CONNECTED}' </dev/null >/dev/null 2>&1 &`);
      const connections = async () => (await ssh(2, 'ss -Htan sport = :7777 or dport = :7777')).stdout.trim();
      await expect.poll(connections).toMatch(/ESTAB/);
      await fault('poweroff', 2);
      expect((await labStatus(LAB)).hosts[1]).toMatchObject({ power: 'off', init: null, sshd: false, dockerd: false });
      expect((await ssh(2, 'true')).stderr).toMatch(/timed out|No route to host/);
      await fault('boot', 2);
      expect((await ssh(2, 'cat /root/kept; ls /run/gone')).stdout).toBe('kept\n');
      expect(await connections()).toBe('');
      await fault('reboot', 2);
      expect((await ssh(2, 'cat /root/kept')).stdout).toBe('kept\n');
    });

    test('that does not exist is refused with the kinds there are', async () => {
      await expect(fault('explode', 1)).rejects.toMatchObject({
        message: "there is no fault 'explode'",
        hint: `the kinds are: ${Object.keys(FAULTS).join(', ')}`,
      });
      await expect(fault('cut', 7)).rejects.toThrow(`lab '${LAB}' has no host 7`);
      await expect(fault('cut', 1, '5')).rejects.toThrow("the fault 'cut' takes no argument");
    });

    async function roundTripMs(host: number): Promise<number> {
      const { stdout } = await run(['ping', '-c', '4', '-i', '0.2', '-q', addresses[host - 1]!]);
      return Number(/= ([\d.]+)\//.exec(stdout)![1]);
    }
  });

  test('down leaves nothing behind, even of a frozen host', async () => {
    await fault('latency', 1, '5');
    await fault('freeze', 2);
    expect(await traces(LAB)).not.toEqual([]);
    expect(await labDown(LAB)).toBe(true);
    expect(await traces(LAB)).toEqual([]);
    expect(await labDown(LAB)).toBe(false);
  });
});

/** Everything on this machine that carries the lab's name: folders, namespaces, mounts, loop devices, routes, groups, processes. */
async function traces(name: string): Promise<readonly string[]> {
  const { directory } = labPaths(name);
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const network = claimedNetwork(name);
  const mounted = [readFileSync('/proc/mounts', 'utf8'), (await run(['losetup', '-a'])).stdout].join('\n').split('\n');
  const groups = readdirSync('/sys/fs/cgroup').map((tree) => `/sys/fs/cgroup/${tree}/omniplace-lab/${name}`);
  const devices = network === null ? [] : [`/sys/class/net/${network.uplinkDevice}`];
  return [
    ...[directory, ...groups, ...devices].filter((path) => existsSync(path)),
    ...namespaces.filter((entry) => entry === `omniplace.${name}` || entry.startsWith(`omniplace.${name}.`)),
    ...mounted.filter((line) => line.includes(`${directory}/`)),
    ...(network === null ? [] : [network.subnet]),
    ...processesNaming(`omniplace.${name}.`),
  ];
}

function processesNaming(text: string): readonly string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
