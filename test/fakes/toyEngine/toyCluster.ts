import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeCluster } from '../fakeCluster.ts';
import { freePort } from '../freePort.ts';

/** The host that has the router, the two that share the decode instance. */
const [FRONT, FIRST, SECOND] = [1, 2, 3];

/** Hosts with the toy's server, its router and its driver: two prefill instances and one of decode over two hosts. */
export class ToyCluster extends FakeCluster {
  #ports = 0;

  constructor() {
    super(SECOND);
  }

  override async up(): Promise<void> {
    await super.up();
    this.#ports = await freePort();
    for (const [name, text] of Object.entries({ toy: TOY, 'toy-router': ROUTER, toyctl: DRIVER }))
      this.program(name, text);
    writeFileSync(join(this.root, 'toy.py'), SERVER);
  }

  /** Writes the deployment. @param own keys of its engine and its accelerator */
  toys(own = 'engine: toy, accelerator: toy', file = 'toys.yml'): string {
    const port = (place: number) => this.#ports + 2 * place;
    const [front, first, second] = [FRONT, FIRST, SECOND].map((host) => this.address(host));
    const dies = (list: string) => `ascend_rt_visible_devices: "${list}"`;
    const text = `deployment:
  defaults: {user: root, private_key: ${join(this.root, 'user')}}
  prefill:
    group1: {hosts: ${front}, master_port: ${port(0)}, base_api_port: ${port(1)}, ${dies('0')}}
    group2: {hosts: ${front}, master_port: ${port(2)}, base_api_port: ${port(3)}, ${dies('1')}}
  decode:
    group1: {hosts: "${first},${second}", master_port: ${port(4)}, base_api_port: ${port(5)}, ${dies('0,1')}}
  proxy: {host: ${front}, listen_port: ${port(6)}}
${this.services(own)}  ready: {prefill: 60s, decode: 60s, no_progress: 30s}
`;
    const path = join(this.root, file);
    writeFileSync(path, text);
    return path;
  }
}

const TOY = `#!/bin/sh
[ "$1" = --stop ] || exec /usr/bin/python3 @ROOT@/toy.py "$@"
left() { grep -lzx "OMNIPLACE_NODE=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }
for signal in TERM TERM TERM KILL; do
  pids=$(left "$2")
  [ -n "$pids" ] || exit 0
  kill -$signal $pids 2>/dev/null
  sleep 0.2
done
`;

const ROUTER = `#!/bin/sh
exec /usr/bin/python3 @ROOT@/toy.py "$1"
`;

/** A driver whose dies nobody uses, each with an address that no other host has. */
const DRIVER = `#!/bin/sh
case $1 in
version) echo 7.1 ;;
health) echo '0 fine 20'; echo '1 broken 70' ;;
address) n=$(readlink /proc/self/ns/mnt | tr -dc 0-9); echo "10.$2.$((n / 250 % 250)).$((n % 250))" ;;
esac
`;

const SERVER = `import json, socketserver, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
conf = {line.split()[0]: line.split()[1:] for line in open(sys.argv[1])}
print('a toy with the word', *conf.get('word', ['of others']), flush=True)
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200); self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_GET(self): self.answer({})
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        self.answer({'choices': [{'text': ' ok', 'message': {'content': ' ok'}}], 'usage': {'completion_tokens': 1}})
    def log_message(self, *a): pass
_, first, last = conf['listen']
if int(last) < int(first):
    open(conf['joined'][0], 'w').close()
    while True: time.sleep(60)
class Server(ThreadingHTTPServer):
    # the library's own asks for the name of the address, which may take long
    def server_bind(self): socketserver.TCPServer.server_bind(self)
# a host is asked through its own SSH server, at localhost
Server(('0.0.0.0', int(first)), Handler).serve_forever()
`;
