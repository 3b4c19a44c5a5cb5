import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { ConnectOptions } from './host.ts';

/** Messages of an SSH agent: the question for its keys, and the answer. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
/** An agent that does not answer is not waited for: this is for a message only. */
const PATIENCE_MS = 1000;

/** Certificates that OpenSSH would have logged in with: next to the key, and in the agent. */
export async function unusedCertificates({ login }: ConnectOptions): Promise<readonly string[]> {
  const file = login.privateKey === null ? null : `${login.privateKey}-cert.pub`;
  const agent = login.agent ? process.env.SSH_AUTH_SOCK : undefined;
  const types = agent === undefined ? [] : agentKeyTypes(await askAgent(agent));
  const ofAgent = types.filter((type) => /-cert-v0\d(@|$)/.test(type));
  return [
    ...(file !== null && existsSync(file) ? [`the certificate ${file}`] : []),
    ...(ofAgent.length === 0 ? [] : [`the certificate in the agent (${ofAgent.join(', ')})`]),
  ];
}

/** Types of the keys in an agent's answer (draft-miller-ssh-agent, 4.4), its length in front. */
export function agentKeyTypes(answer: Buffer): readonly string[] {
  if (answer.length < 9 || answer[4] !== IDENTITIES_ANSWER) return [];
  const types: string[] = [];
  let at = 5;
  const field = (): Buffer => {
    const length = at + 4 > answer.length ? 0 : answer.readUInt32BE(at);
    at += 4 + length;
    return answer.subarray(at - length, at);
  };
  const count = answer.readUInt32BE(at);
  at += 4;
  for (let i = 0; i < count && at < answer.length; i += 1) {
    const blob = field();
    field(); // comment
    if (blob.length >= 4) types.push(blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)));
  }
  return types;
}

function askAgent(path: string): Promise<Buffer> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect(path);
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, PATIENCE_MS);
    socket.on('error', done).on('close', done);
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0)) done();
    });
    socket.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]));
  });
}
