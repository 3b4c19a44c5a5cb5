import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeCluster } from './fakeCluster.ts';
import { freePort } from './freePort.ts';

export interface ServingShape {
  /** Prefill instances, a host each. */
  readonly prefill: number;
  /** Hosts of the one decode instance; they come after those of prefill. */
  readonly decode: number;
  /** Dies of each host. */
  readonly dies: number;
  readonly layers: number;
  readonly experts: number;
}

/** Of each start of an engine. */
const WINDOWS = 5;

/** A role's placement, as it stands in the deployment. */
const BASE = '{mode: base, enable_rank_round_robin: false}';

/**
 * Hosts as of {@link FakeCluster} that serve prefill, decode and proxy apart, with an engine of a few lines: it writes the windows
 * of its whole life at its start, of experts whose load is skewed, by the pattern it was started with.
 */
export class ServingCluster extends FakeCluster {
  #ports = 0;

  constructor(readonly shape: ServingShape) {
    // the last is the proxy's: hosts have no containers that would keep a node's processes from another's
    super(shape.prefill + shape.decode + 1);
  }

  override async up(): Promise<void> {
    await super.up();
    const { layers, experts } = this.shape;
    this.#ports = await freePort();
    const config = {
      num_hidden_layers: layers,
      first_k_dense_replace: 0,
      n_routed_experts: experts,
      num_experts_per_tok: 2,
      hidden_size: 64,
      moe_intermediate_size: 32,
      torch_dtype: 'bfloat16',
    };
    writeFileSync(join(this.root, 'model/config.json'), JSON.stringify(config));
    writeFileSync(join(this.root, 'serving.py'), ENGINE.replaceAll('@ROOT@', this.root));
    this.script(
      'tools/scripts/pd_run.sh',
      `${accepting('pd_run.sh')}exec /usr/bin/python3 ${this.root}/serving.py "$@"\n`,
    );
    this.script(
      'omni/accelerators/sched/global_proxy/global_proxy.sh',
      `${accepting('global_proxy.sh')}setsid /usr/bin/python3 ${this.root}/serving.py --role proxy "$@" </dev/null >/dev/null 2>&1 &\n`,
    );
    this.behave({});
  }

  /** How engines that start from now on behave: how skewed their load is, and how skewed that of those with a pattern. */
  behave(how: { readonly skew?: number; readonly skewOfPlaced?: number }): void {
    const { layers, experts } = this.shape;
    const skew = how.skew ?? 1;
    const all = { skew, skewOfPlaced: how.skewOfPlaced ?? skew, windows: WINDOWS, layers, experts };
    writeFileSync(join(this.root, 'behaviour.json'), JSON.stringify(all));
  }

  /** Writes the deployment. @param placement of both roles */
  serving(placement: string = BASE, file = 'serving.yml'): string {
    const { prefill, decode, dies } = this.shape;
    const list = Array.from({ length: dies }, (_, die) => die).join(',');
    const port = (place: number) => this.#ports + place * 32;
    const groups = Array.from(
      { length: prefill },
      (_, i) =>
        `    group${i + 1}: {hosts: "${this.address(i + 1)}", master_port: ${port(i)}, base_api_port: ${port(i) + 1}, ascend_rt_visible_devices: "${list}"}`,
    );
    const hosts = Array.from({ length: decode }, (_, i) => this.address(prefill + i + 1));
    // every host of this machine has the same ports, so that those of an instance have to differ
    const blocks = hosts.slice(1).map((host, i) => `host ${host}: {base_api_port: ${port(prefill + i + 1) + 1}}`);
    const text = `deployment:
  defaults: {user: root, private_key: ${join(this.root, 'user')}}
  prefill:
${groups.join('\n')}
  decode:
    group1: {hosts: "${hosts.join(',')}", master_port: ${port(prefill)}, base_api_port: ${port(prefill) + 1}, ascend_rt_visible_devices: "${list}"${blocks.map((block) => `, ${block}`).join('')}}
  proxy: {host: "${this.address(this.numHosts)}", listen_port: ${port(prefill + decode)}}
${this.services(`accelerator: none, generation: v0.6, code_path: ${join(this.root, 'code')}`)}  ready: {prefill: 60s, decode: 60s, no_progress: 30s}
  prefill: {placement: ${placement}}
  decode: {placement: ${placement}}
`;
    const path = join(this.root, file);
    writeFileSync(path, text);
    return path;
  }

  /** The newest folder of windows of an instance (`decode_group1`), as this machine sees it, and as the host names it. */
  dumps(host: number, instance: string): { readonly here: string; readonly there: string } {
    const folder = join(this.root, 'hosts', String(host), 'log/dump', instance);
    const newest = readdirSync(folder).sort().at(-1)!;
    return { here: join(folder, newest), there: join(this.root, 'log/dump', instance, newest) };
  }

  private script(name: string, text: string): void {
    const path = join(this.root, 'code/omniinfer', name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Options as a script reads them, of which none is used: those that OmniInfer's development branch of v0.6 has. */
function accepting(script: 'pd_run.sh' | 'global_proxy.sh'): string {
  const recorded: { dialect: { flags: Record<string, string[]> } } = JSON.parse(
    readFileSync('test/golden/omni/C.json', 'utf8'),
  );
  const arms = recorded.dialect.flags[script]!.map((flag) => `  ${flag})\n    ;;\n`).join('');
  return `case none in\n${arms}esac\n`;
}

const ENGINE = `import array, json, os, socketserver, struct, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
behaviour = json.load(open('@ROOT@/behaviour.json'))
L, E = behaviour['layers'], behaviour['experts']

def loads(layer, skew):
    # hot experts stand side by side, elsewhere in each layer
    return [int(100000 / (1 + (e - layer * 7) % E) ** skew) for e in range(E)]

def slots(path, ranks):
    if path is None:
        per = E // ranks
        return [[list(range(r * per, (r + 1) * per)) for r in range(ranks)] for _ in range(L)]
    raw = open(path, 'rb').read()
    start = 10 + struct.unpack('<H', raw[8:10])[0]
    cells = array.array('i', raw[start:])
    held = [[[e for e in range(E) if cells[(r * L + l) * E + e]] for r in range(ranks)] for l in range(L)]
    return held

def dump(config, ranks):
    folder = config['dump_dir']
    stamp = time.strftime('%Y%m%d_%H%M%S')
    while os.path.exists(folder + '/' + stamp):
        time.sleep(0.1)
        stamp = time.strftime('%Y%m%d_%H%M%S')
    os.makedirs(folder + '/' + stamp)
    held = slots(config['pattern_path'], ranks)
    width = max(len(rank) for layer in held for rank in layer)
    lines = []
    for l in range(L):
        load = loads(l, behaviour['skew' if config['pattern_path'] is None else 'skewOfPlaced'])
        copies = {}
        for rank in held[l]:
            for e in rank: copies[e] = copies.get(e, 0) + 1
        lines.append(''.join(''.join('%d\\t' % (load[e] // copies[e]) for e in rank) + '0\\t' * (width - len(rank)) for rank in held[l]))
    text = ''.join(line + '\\n' for line in lines)
    for step in range(1, behaviour['windows'] + 1):
        name = '%s/%s/activation_counts_recordstep_%d_rank_0.txt' % (folder, stamp, step)
        with open(name + '.new', 'w') as f: f.write(text)
        os.rename(name + '.new', name)

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status); self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_GET(self): self.answer(200, {'object': 'list', 'data': [{'id': 'fake', 'object': 'model'}]})
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        broken = os.path.exists('@ROOT@/broken')
        self.answer(500 if broken else 200, {'error': 'broken on purpose'} if broken else {'choices': [{'text': ' ok', 'message': {'content': ' ok'}}], 'usage': {'completion_tokens': 1}})
    def log_message(self, *a): pass

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
if args['--role'] == 'proxy':
    Server(('0.0.0.0', int(args['--listen-port'])), Handler).serve_forever()
if os.path.exists('@ROOT@/crash'): sys.exit(3)
decode = args['--role'] == 'decode'
ports = int(args['--num-servers']) if decode else 1
ranks = int(args['--num-dp'] if decode else args['--tp'])
config = json.loads(args['--additional-config'])['omni_placement_config']
if config['enable_dump'] and int(args.get('--server-offset', 0)) == 0: dump(config, ranks)
for port in range(1, ports): threading.Thread(target=Server(('0.0.0.0', int(args['--base-api-port']) + port), Handler).serve_forever, daemon=True).start()
Server(('0.0.0.0', int(args['--base-api-port'])), Handler).serve_forever()
`;
