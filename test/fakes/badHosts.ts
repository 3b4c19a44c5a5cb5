import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { FakeCluster } from './fakeCluster.ts';
import { freePort } from './freePort.ts';

/** What can be wrong with a host, and what every message about it contains. */
export const BAD_HOSTS = {
  off: /no answer within [\d.]+ s/,
  refused: /connection refused, no SSH server listens there/,
  frozen: /connected, but the SSH server said nothing for [\d.]+ s/,
  auth: /the host accepts none of what was tried|Password of root on/,
  'host key': /is not in \S*known_hosts\S*; it shows the ssh-ed25519 key SHA256:/,
  'banner only': /connected, but the SSH server said nothing for [\d.]+ s/,
  'forced command': /does not run commands: it printed "Welcome to the menu" and ended with exit code 0/,
  nologin: /does not run commands: it printed "This account is currently not available\." and ended with exit code 1/,
  'git-shell': /does not run commands: it printed "fatal: unrecognized command" and ended with exit code 128/,
  garbage:
    /the probe ended with exit code 0 after its answer on nothing|its answer is not that of|is not a list of (files|generations)/,
  'docker down': /Cannot connect to the Docker daemon|docker does not answer/,
  // last: its stop ends what still runs
  'full disk': /0 MiB free at|No space left on device/,
} as const;

export type BadHost = keyof typeof BAD_HOSTS;

/** Other SSH servers of the last host of a cluster, each with something wrong, on a port of its own. */
export class BadHosts {
  readonly #servers: (ChildProcess | Server)[] = [];
  readonly #ports = new Map<BadHost, number>();

  constructor(private readonly cluster: FakeCluster) {}

  async up(): Promise<void> {
    mkdirSync(join(this.cluster.root, 'bad'));
    const sshd = (settings: Readonly<Record<string, string>> = {}, isKnown = true, before = ':') =>
      this.#sshd(settings, isKnown, before);
    const forced = (name: string, script: string) =>
      sshd({ ForceCommand: this.#file(`${name}.sh`, `#!/bin/sh\n${script}\n`) });
    const starts: Readonly<Record<BadHost, () => Promise<number>>> = {
      off: () => this.#fullBacklog(),
      refused: freePort,
      frozen: () => sshd({}, true, 'kill -STOP $$'),
      auth: () => sshd({ AuthorizedKeysFile: 'none' }),
      'host key': () => sshd({}, false),
      'banner only': () => this.#bannerOnly(),
      'forced command': () => forced('menu', 'echo Welcome to the menu'),
      nologin: () => forced('nologin', 'echo This account is currently not available.; exit 1'),
      'git-shell': () => forced('git-shell', 'echo fatal: unrecognized command >&2; exit 128'),
      // the mark, which is the eighth word of a command, is printed before anything else: the command seems to run
      garbage: () =>
        forced(
          'garbage',
          'set -- $SSH_ORIGINAL_COMMAND; echo "$8"; head -c 4000 /dev/zero | tr "\\\\0" "\\\\377"; echo; echo garbage >&2',
        ),
      'full disk': () => sshd({}, true, this.#fullDisk()),
      'docker down': () => sshd({ SetEnv: this.#pathWithoutDocker() }),
    };
    for (const [name, start] of Object.entries(starts)) this.#ports.set(name as BadHost, await start());
  }

  down(): void {
    for (const server of this.#servers) {
      if ('kill' in server) server.kill('SIGKILL');
      else server.close();
    }
  }

  /** A deployment whose last host is reached by the bad server. */
  deployment(bad: BadHost): string {
    const file = this.cluster.deployment([], `${bad.replace(' ', '-')}.yml`);
    const address = this.cluster.address(this.cluster.numHosts);
    const known = this.#file(
      `known_hosts-${bad.replace(' ', '-')}`,
      readFileSync(join(this.cluster.root, 'known_hosts'), 'utf8'),
    );
    const text = readFileSync(file, 'utf8')
      .replace(/known_hosts: [^},]+/, `known_hosts: ${known}`)
      .replace(`{hosts: "${address}",`, `{hosts: "${address}", ssh_port: ${this.#ports.get(bad)},`)
      .replace('  ssh: {', '  ssh: {connect_timeout: 3s, ');
    writeFileSync(file, text);
    return file;
  }

  #file(name: string, text: string): string {
    const path = join(this.cluster.root, 'bad', name);
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  }

  /** In the host's own view of files and processes. */
  async #sshd(settings: Readonly<Record<string, string>>, isKnown: boolean, before: string): Promise<number> {
    const { root, numHosts } = this.cluster;
    const port = await freePort();
    const own = readFileSync(join(root, 'hosts', String(numHosts), 'sshd_config'), 'utf8')
      .split('\n')
      .filter((line) => !['Port', ...Object.keys(settings)].includes(line.split(' ')[0]!));
    const lines = Object.entries({ Port: String(port), ...settings }).map(([key, value]) => `${key} ${value}`);
    const config = this.#file(`${port}.conf`, [...lines, ...own].join('\n'));
    if (isKnown) {
      const key = readFileSync(join(root, 'host.pub'), 'utf8');
      appendFileSync(join(root, 'known_hosts'), `[${this.cluster.address(numHosts)}]:${port} ${key}`);
    }
    const frozen = before.includes('STOP');
    const script = frozen
      ? `/usr/sbin/sshd -D -f ${config} & sleep 1; kill -STOP $!; wait`
      : `${before}; exec /usr/sbin/sshd -D -f ${config}`;
    this.#servers.push(this.cluster.spawnInHost(numHosts, script));
    return port;
  }

  #fullDisk(): string {
    const state = join(this.cluster.root, 'state');
    const full = join(this.cluster.root, 'bad/full');
    mkdirSync(full);
    return [
      `mount -t tmpfs -o size=16m tmpfs ${full}`,
      `cp -a ${state}/. ${full}`,
      `mount --bind ${full} ${state}`,
      `cat /dev/zero >${state}/filler 2>/dev/null`,
    ].join('; ');
  }

  #pathWithoutDocker(): string {
    const { root } = this.cluster;
    mkdirSync(join(root, 'bad/bin'));
    this.#file(
      'bin/docker',
      `#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2\nexit 1\n`,
    );
    return `HOME=${root}/home PATH=${root}/bad/bin:${root}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  }

  async #bannerOnly(): Promise<number> {
    const port = await freePort();
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('SSH-2.0-OpenSSH_9.6\r\n');
    });
    server.listen(port, this.cluster.address(this.cluster.numHosts));
    await once(server, 'listening');
    this.#servers.push(server);
    return port;
  }

  /** Where the queue of connections is full, the kernel drops whoever asks: as a machine that is off. */
  async #fullBacklog(): Promise<number> {
    const port = await freePort();
    const address = this.cluster.address(this.cluster.numHosts);
    const script = `import socket, time
server = socket.socket(); server.bind(('${address}', ${port})); server.listen(0)
waiting = []
for _ in range(4):
    client = socket.socket(); client.setblocking(False); client.connect_ex(('${address}', ${port})); waiting.append(client)
time.sleep(0.2); print('full', flush=True); time.sleep(100000)`;
    const child = spawn('/usr/bin/python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#servers.push(child);
    await once(child.stdout, 'data');
    return port;
  }
}
