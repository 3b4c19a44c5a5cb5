import { request } from 'node:http';
import { connect } from 'node:net';
import { isAlive } from './processIdentity.ts';
import { initOf, type LabHost } from './state.ts';

const ANSWER_MS = 1_500;

/** Whether the host's sshd greets, over the network as anybody else would ask. */
export function sshdAnswers(host: LabHost): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.address, port: 22 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('data', (greeting) => done(greeting.toString('latin1').startsWith('SSH-')));
  });
}

/** Asks the host's dockerd through its socket, seen from outside; null: no answer. */
export function askDocker(lab: string, host: LabHost, path: string): Promise<unknown> {
  const init = initOf(lab, host);
  if (init === null || !isAlive(init)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const asked = request({ socketPath: `/proc/${init.pid}/root/run/docker.sock`, path, timeout: ANSWER_MS });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', () => resolve(null));
      response.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve(response.statusCode !== 200 ? null : body === 'OK' ? true : JSON.parse(body));
      });
    });
    asked.end();
  });
}
