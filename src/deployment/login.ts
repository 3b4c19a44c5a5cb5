import type { Login } from './deployment.ts';
import type { Values } from './layers.ts';
import { type LocalRoot, localPath } from './localPath.ts';
import type { Secret as WrittenSecret } from './schema.gen.ts';
import { Secret, type SecretSource } from './secret.ts';

/** How to log in, from the merged keys of a group, host or proxy and from `services.ssh`. */
export function loginOf(said: Values, ssh: Values, root: LocalRoot): Login {
  return {
    user: String(said.user ?? 'root'),
    port: Number(said.ssh_port ?? ssh.port),
    privateKey: typeof said.private_key === 'string' ? localPath(said.private_key, root) : null,
    passphrase: secretSource(said.passphrase, root),
    password: secretSource(said.password, root),
    agent: said.agent === true,
    jump: (said.jump ?? ssh.jump ?? null) as string | null,
  };
}

/** Where a written secret comes from; null: none is written. */
export function secretSource(written: unknown, root: LocalRoot): SecretSource | null {
  if (written === undefined || written === null) return null;
  const source = written as WrittenSecret;
  if (typeof source === 'string') return { from: 'plain', value: new Secret(source) };
  if (source.env !== undefined) return { from: 'env', variable: source.env };
  if (source.file !== undefined) return { from: 'file', path: localPath(source.file, root) };
  return { from: 'command', argv: source.command ?? [] };
}
