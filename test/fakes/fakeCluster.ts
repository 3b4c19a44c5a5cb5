import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './freePort.ts';
import { finished, type Ran } from './lab.ts';
import { sshdMissing } from './sshd.ts';

/** Why such hosts can't be had on this machine; null: they can. */
export const NO_FAKE_HOSTS: string | null =
  process.platform !== 'linux' || process.getuid?.() !== 0 ? 'needs Linux and root' : sshdMissing();

/** The same, to run the built program against them. */
export const NO_FAKE_CLUSTER: string | null =
  NO_FAKE_HOSTS ?? (existsSync('dist/commands/serve.js') ? null : 'needs the build (npm run build)');

const HEALTHY: readonly string[] = [];

/**
 * Hosts with a real SSH server, a process and file view of their own, a `docker` of a few lines that runs things on the host,
 * and a server of a few lines: what is quick enough to be killed hundreds of times. One mixed server per host.
 */
export class FakeCluster {
  readonly root = mkdtempSync(join(tmpdir(), 'omniplace-fakes-'));
  readonly name = 'fakes';
  #hosts: ChildProcess[] = [];
  #port = 0;
  #apiPort = 0;

  constructor(readonly numHosts: number) {}

  address(host: number): string {
    return `127.0.1.${host}`;
  }

  /** What stands on a host at a path of the cluster's folder. */
  path(host: number, name: string): string {
    return join(this.root, 'hosts', String(host), 'state', this.name, name);
  }

  text(host: number, name: string): string | null {
    const path = this.path(host, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  }

  async up(): Promise<void> {
    for (const name of ['state', 'log', 'docker', 'bin', 'model', 'home', 'code/omniinfer'])
      mkdirSync(join(this.root, name), { recursive: true });
    this.#port = await freePort();
    this.#apiPort = await freePort();
    writeFileSync(join(this.root, 'code/omniinfer/engine.py'), 'VERSION = 1\n');
    writeFileSync(join(this.root, 'model/config.json'), '{}');
    this.program('docker', DOCKER);
    this.program('python3', PYTHON);
    writeFileSync(join(this.root, 'server.py'), SERVER);
    for (const key of ['user', 'host'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.root, key)]);
    const hostKey = readFileSync(join(this.root, 'host.pub'), 'utf8');
    const known = this.#numbers().map((host) => `[${this.address(host)}]:${this.#port} ${hostKey}`);
    writeFileSync(join(this.root, 'known_hosts'), known.join(''));
    mkdirSync('/run/sshd', { recursive: true });
    for (const host of this.#numbers()) this.#hosts.push(this.#start(host));
    for (const host of this.#numbers()) await answers(this.address(host), this.#port);
  }

  down(): void {
    for (const host of this.#hosts) host.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** Writes the deployment. @param args further arguments of every server; `--broken` gives no token, `--crash` ends at once, `--delay S` comes up later, `--token-after S` gives tokens after as many seconds, `--api-key K` needs that key; a file `broken` in the root is as `--broken` to all */
  deployment(args: readonly string[] = HEALTHY, file = 'cluster.yml'): string {
    const groups = this.#numbers().map(
      (host) =>
        `    group${host}: {hosts: "${this.address(host)}", base_api_port: ${this.#apiPort + host}, ascend_rt_visible_devices: "0"}`,
    );
    const text = `deployment:
  defaults: {user: root, private_key: ${join(this.root, 'user')}}
  mixed:
${groups.join('\n')}
${this.services()}  ready: {mixed: 60s, no_progress: 30s}
  mixed: {extra_args: ${JSON.stringify(args)}}
`;
    const path = join(this.root, file);
    writeFileSync(path, text);
    return path;
  }

  /** Runs `sh` with the host's view of files. */
  inHost(host: number, script: string): string {
    const argv = ['-t', String(this.#hosts[host - 1]?.pid), '-m', 'sh', '-c', script];
    return execFileSync('nsenter', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts `sh` among the host's processes, with a view of files that begins as the host's. */
  spawnInHost(host: number, script: string): ChildProcess {
    const inside = `nsenter -t $(pgrep -P ${this.#hosts[host - 1]?.pid} | head -n 1)`;
    return spawn('sh', ['-c', `exec ${inside} -m -p unshare -m sh -c "$0"`, script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** A program that is called on the hosts, by its name. */
  protected program(name: string, text: string): void {
    writeFileSync(join(this.root, 'bin', name), text.replaceAll('@ROOT@', this.root), { mode: 0o755 });
  }

  /** What every deployment of this cluster has in its services. @param own keys of its engine and its accelerator */
  protected services(own = `accelerator: none, code_path: ${join(this.root, 'code')}`): string {
    return `services:
  name: ${this.name}
  ${own.split(', ').join('\n  ')}
  docker_image: fake/image:1
  model_path: ${join(this.root, 'model')}
  served_model_name: fake
  log_path: ${join(this.root, 'log')}
  state_path: ${join(this.root, 'state')}
  ssh: {port: ${this.#port}, known_hosts: ${join(this.root, 'known_hosts')}}
`;
  }

  start(...args: string[]): ChildProcess {
    return this.startAs('me', {}, ...args);
  }

  /** @param who has a state folder of his own, as another machine would */
  startAs(who: string, env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess {
    return spawn(process.execPath, ['bin/run.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, XDG_STATE_HOME: join(this.root, 'home', who), NO_COLOR: '1', ...env },
    });
  }

  omniplace(...args: string[]): Promise<Ran> {
    return finished(this.start(...args));
  }

  #numbers(): number[] {
    return Array.from({ length: this.numHosts }, (_, i) => i + 1);
  }

  #start(host: number): ChildProcess {
    const own = join(this.root, 'hosts', String(host));
    const parts = ['state', 'log', 'docker'];
    for (const part of parts) mkdirSync(join(own, part), { recursive: true });
    const config = join(own, 'sshd_config');
    const settings = {
      Port: this.#port,
      ListenAddress: this.address(host),
      HostKey: join(this.root, 'host'),
      AuthorizedKeysFile: join(this.root, 'user.pub'),
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PermitRootLogin: 'yes',
      MaxStartups: '100',
      SetEnv: `HOME=${this.root}/home PATH=${this.root}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    };
    writeFileSync(
      config,
      Object.entries(settings)
        .map(([key, value]) => `${key} ${value}\n`)
        .join(''),
    );
    // the first process reaps what servers leave behind, and does not share its session with them
    const script = `${parts.map((part) => `mount --bind ${join(own, part)} ${join(this.root, part)}`).join(' && ')} && /usr/sbin/sshd -D -e -f ${config} & while :; do wait; sleep 1; done`;
    return spawn('unshare', ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script], {
      stdio: 'ignore',
    });
  }
}

async function answers(address: string, port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address);
      socket.once('data', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no sshd on ${address}:${port}`);
}

/** As much of docker as is asked of it: a container is a file with its id, image and labels; its processes are the host's. */
const DOCKER = `#!/bin/bash
db=@ROOT@/docker
# what a test has put there is what docker answers instead
[ ! -f "$db/refuse-$1" ] || { cat "$db/refuse-$1" >&2; exit 125; }
one() { for f in "$db"/*.c; do [ -f "$f" ] || continue; . "$f"; if [ "$name" = "$1" ] || [ "$id" = "$1" ]; then return 0; fi; done; return 1; }
json() { echo "{\\"id\\":\\"$id\\",\\"name\\":\\"/$name\\",\\"image\\":\\"$image\\",\\"imageId\\":\\"sha256:$(echo "$image" | sha256sum | cut -c 1-64)\\",\\"status\\":\\"running\\",\\"running\\":true,\\"labels\\":{$labels},\\"dies\\":[]}"; }
case $1 in
version) echo '{"Client":{"Version":"1"},"Server":{"Version":"1"}}' ;;
info) echo '{}' ;;
image)
  for ref; do :; done
  case $ref in sha256:*) echo "$ref" ;; *) echo "sha256:$(echo "$ref" | sha256sum | cut -c 1-64)" ;; esac
  # a line for each variable of the image that is asked about
  case $* in *.Config.Env*) [ ! -f "$db/image-variables" ] || cat "$db/image-variables" ;; esac ;;
ps) for f in "$db"/*.c; do [ -f "$f" ] && . "$f" && echo "$id"; done; exit 0 ;;
inspect)
  shift; [ "$1" = -f ] || [ "$1" = --format ] || exit 1
  format=$2; shift 2; [ "$1" != -- ] || shift
  for wanted; do
    one "$wanted" || { echo "no such container $wanted" >&2; exit 1; }
    case $format in
    '{"id"'*) json ;;
    '{{.Id}}') echo "$id" ;;
    '{{.Name}}') echo "/$name" ;;
    '{{.State.Running}}') echo true ;;
    *omniplace.cluster*) echo "$labels" | sed 's/.*"omniplace.cluster":"\\([^"]*\\)".*/\\1/' ;;
    *) exit 1 ;;
    esac
  done ;;
run)
  labels= name=
  while [ $# -gt 2 ]; do
    case $1 in
    --name) name=$2; shift ;;
    --label) labels="$labels\${labels:+,}\\"\${2%%=*}\\":\\"\${2#*=}\\""; shift ;;
    esac
    shift
  done
  image=$1
  # apart: it would leave the names of others behind
  (one "$name") && { echo "the name $name is taken" >&2; exit 125; }
  id=$(head -c 32 /dev/urandom | sha256sum | cut -c 1-64)
  for v in "$name|$labels|$image"; do IFS='|' read -r name labels image <<<"$v"; done
  printf 'id=%q name=%q image=%q labels=%q\\n' "$id" "$name" "$image" "$labels" >"$db/$name.new" && mv "$db/$name.new" "$db/$name.c"
  echo "$id" ;;
start) one "$2" ;;
logs) exit 0 ;;
rename)
  (one "$3") && { echo "the name $3 is taken" >&2; exit 1; }
  one "$2" || { echo "no such container $2" >&2; exit 1; }
  old=$name name=$3
  printf 'id=%q name=%q image=%q labels=%q\\n' "$id" "$name" "$image" "$labels" >"$db/$name.new" && mv "$db/$name.new" "$db/$name.c" && rm -f "$db/$old.c" ;;
rm)
  one "$3" || exit 1
  for f in /proc/[0-9]*; do
    grep -qzx "FAKE_CONTAINER=$id" $f/environ 2>/dev/null && kill -9 \${f#/proc/}
  done
  rm -f "$db/$name.c" ;;
exec)
  shift; detach= env=()
  while :; do
    case $1 in -d) detach=1; shift ;; -i) shift ;; -e) case $2 in *=*) env+=("$2") ;; *) [ -z "\${!2}" ] || env+=("$2=\${!2}") ;; esac; shift 2 ;; *) break ;; esac
  done
  one "$1" || { echo "no such container $1" >&2; exit 1; }
  shift
  # no package of Python is installed on a host
  case " $* " in *' install_code '* | *' code_origin '*) exit ;; esac
  # a container has the synced code at /workspace, which a host has not
  for arg; do
    shift
    if grep -qs /workspace/ -- "$arg"; then sed "s,/workspace/,\${arg%/*/*}/code/," "$arg" >"$db/$name.sh"; arg=$db/$name.sh; fi
    set -- "$@" "$arg"
  done
  run=(env -i "PATH=$PATH" "HOME=@ROOT@/home" "FAKE_CONTAINER=$id" "\${env[@]}" "$@")
  if [ -z "$detach" ]; then "\${run[@]}"; exit; fi
  setsid "\${run[@]}" </dev/null >/dev/null 2>&1 &
  # until it has a session of its own, it would end with us
  while read -r _ _ _ _ group _ <"/proc/$!/stat" 2>/dev/null && [ "$group" != $! ]; do :; done
  exit 0 ;;
*) echo "no docker $1 here" >&2; exit 1 ;;
esac
`;

const PYTHON = `#!/bin/sh
case "$*" in *vllm.entrypoints*) shift 2; exec /usr/bin/python3 @ROOT@/server.py "$@" ;; *) exec /usr/bin/python3 "$@" ;; esac
`;

const SERVER = `import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
args = sys.argv[1:]
if '--crash' in args: sys.exit(3)
if '--delay' in args: time.sleep(float(args[args.index('--delay') + 1]))
port = int(args[args.index('--port') + 1])
counted = {'posts': 0}
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status); self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_GET(self):
        if self.path != '/metrics': return self.answer(200, {})
        n = counted['posts']
        lines = ['num_requests_running{engine="0"} 1.0', 'num_requests_waiting{engine="0"} 0.0', 'gpu_cache_usage_perc{engine="0"} 0.25',
                 'time_to_first_token_seconds_sum{engine="0"} %f' % (n * 0.25), 'time_to_first_token_seconds_count{engine="0"} %d' % n]
        data = ''.join('vllm:' + line + '\\n' for line in lines).encode()
        self.send_response(200); self.send_header('content-length', str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_POST(self):
        counted['posts'] += 1
        self.rfile.read(int(self.headers['content-length']))
        if '--token-after' in args: time.sleep(float(args[args.index('--token-after') + 1]))
        if '--api-key' in args and self.headers['authorization'] != 'Bearer ' + args[args.index('--api-key') + 1]: self.answer(401, {'error': 'Unauthorized'})
        elif '--broken' in args or os.path.exists(os.path.dirname(os.path.abspath(__file__)) + '/broken'): self.answer(500, {'error': 'broken on purpose'})
        else: self.answer(200, {'choices': [{'text': ' ok', 'message': {'content': ' ok'}}], 'usage': {'completion_tokens': 1}})
    def log_message(self, *a): pass
ThreadingHTTPServer(('0.0.0.0', port), Handler).serve_forever()
`;
