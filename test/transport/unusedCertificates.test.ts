import { expect, it } from 'vitest';
import { agentKeyTypes } from '../../src/transport/unusedCertificates.ts';

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function answer(...types: readonly string[]): Buffer {
  const keys = types.flatMap((type) => [field(Buffer.concat([field(type), field('body')])), field('comment')]);
  return field(Buffer.concat([Buffer.from([12]), number(types.length), ...keys]));
}

it('reads the types of the keys that an agent has', () => {
  expect(agentKeyTypes(answer('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'))).toEqual([
    'ssh-ed25519',
    'ssh-ed25519-cert-v01@openssh.com',
  ]);
  expect(agentKeyTypes(answer())).toEqual([]);
});

it('reads an answer that is cut short, or a refusal, without an error', () => {
  expect(agentKeyTypes(answer('ssh-ed25519', 'ssh-rsa').subarray(0, 30))).toEqual(['ssh-ed25519']);
  expect(agentKeyTypes(Buffer.from([0, 0, 0, 1, 5]))).toEqual([]);
  expect(agentKeyTypes(Buffer.alloc(0))).toEqual([]);
});
