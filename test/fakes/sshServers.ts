import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Server, type ServerChannel } from 'ssh2';

export interface SshServers {
  /** Each a server of its own. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Private key file: the key of all of them. */
  readonly hostKey: string;
}

/** SSH servers of one process, for tests that need hundreds: they let everybody in and run commands by this machine's `sh`. */
export async function main({ addresses, port, hostKey }: SshServers): Promise<void> {
  const key = readFileSync(hostKey);
  for (const address of addresses) {
    const server = new Server({ hostKeys: [key] }, (client) => {
      client.on('error', () => {});
      client.on('authentication', (login) => login.accept());
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _, { command }) => run(acceptExec(), command));
      });
    });
    await once(server.listen(port, address), 'listening');
  }
  process.stdout.write('ready\n');
}

function run(channel: ServerChannel, command: string): void {
  // a process group of its own, as sshd gives each command
  const child = spawn('sh', ['-c', command], { detached: true, stdio: 'pipe' });
  child.stdin.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once('close', (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
}
