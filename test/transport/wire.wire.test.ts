import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Server } from 'ssh2';
import { expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

it('hears the end of a command that comes together with its beginning', unless(sshdMissing()), async () => {
  const real = await startSshd();
  // all in one write: that it runs, what it says, its exit code and its end
  const server = new Server({ hostKeys: [readFileSync(real.hostKey)] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (login) => login.accept());
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const { _sock: socket } = client as unknown as { readonly _sock: { cork(): void; uncork(): void } };
        socket.cork();
        const channel = acceptExec();
        channel.write('in\n');
        channel.exit(7);
        channel.close();
        setImmediate(() => socket.uncork());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const options = real.options({ ssh: { hostKeys: 'accept-new', knownHosts: `${real.folder}/known` } });
    const wire = await connect({ ...options, login: { ...options.login, port } });
    const process = await wire.exec('echo in');
    let said = '';
    process.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    process.stderr.resume();
    await expect(process.ended).resolves.toBe(7);
    expect(said).toBe('in\n');
    wire.end();
  } finally {
    server.close();
    real.stop();
  }
});
