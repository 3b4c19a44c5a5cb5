import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Deployment } from '../../deployment/deployment.ts';
import { EXIT, type ExitCode } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { table } from '../../report/table.ts';
import { askSecret } from '../session/askSecret.ts';
import { onInterrupt } from '../session/interrupt.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import { secretReader } from '../session/secrets.ts';
import { checkLogins, isNotReached, type KeyCheck } from './check.ts';
import { type KeyHost, keyHosts } from './logins.ts';
import { type KeysSetup, type ShownKey, setupKeys } from './setup.ts';

export interface KeysChoices {
  readonly file: string;
  readonly overrides: readonly string[];
  /** For hosts whose login names no key. */
  readonly key: string | undefined;
}

export async function keysCheckCommand(choices: KeysChoices): Promise<CommandAnswer> {
  return withHosts(choices, async (hosts, deployment, signal) => {
    const checks = await checkLogins(hosts, deployment, secretReader(), signal);
    return { answer: { hosts: checks }, text: checksText(checks), exitCode: exitCodeOf(checks) };
  });
}

export async function keysSetupCommand(choices: KeysChoices & { readonly yes: boolean }): Promise<CommandAnswer> {
  return withHosts(choices, async (hosts, deployment, signal) => {
    const setup = await setupKeys(
      hosts,
      deployment,
      {
        accept: (keys) => accept(keys, deployment.ssh.knownHosts, choices.yes, signal),
        password: (of) =>
          askSecret(
            `Password of ${[...new Set(of.map(({ login }) => login.user))].join(', ')} on ${of.map(({ address }) => address).join(', ')}`,
            'Say in the deployment where it comes from: password: {env: NAME}, {file: path} or {command: [..]}.',
          ),
        read: secretReader(),
      },
      signal,
    );
    if (setup === null) throw new UserError('not_confirmed', 'No host key was written down, and no host was touched.');
    return { answer: setup, text: setupText(setup, hosts), exitCode: exitCodeOf(setup.hosts) };
  });
}

async function withHosts(
  { file, overrides, key }: KeysChoices,
  work: (hosts: readonly KeyHost[], deployment: Deployment, signal: AbortSignal) => Promise<CommandAnswer>,
): Promise<CommandAnswer> {
  const { deployment } = await loadDeployment(file, overrides);
  const hosts = keyHosts(deployment, key === undefined ? join(homedir(), '.ssh', 'id_ed25519') : resolve(key));
  const interrupt = onInterrupt((line) => void process.stderr.write(`\n${line}\n`));
  try {
    return await work(hosts, deployment, interrupt.signal);
  } finally {
    interrupt.dispose();
  }
}

async function accept(keys: readonly ShownKey[], file: string, yes: boolean, signal: AbortSignal): Promise<boolean> {
  const width = Math.max(...keys.map(({ knownAs }) => knownAs.length));
  const lines = keys.map(({ knownAs, type, fingerprint }) => `  ${knownAs.padEnd(width)}  ${type}  ${fingerprint}`);
  const shown = `${keys.length === 1 ? 'This host key is' : 'These host keys are'} not in ${file}:\n${lines.join('\n')}\n`;
  if (!yes && !process.stdin.isTTY) {
    throw new UserError('needs_yes', `${shown}There is no terminal to ask at.`, {
      hint: "Compare them with the hosts' own (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub), then add --yes.",
    });
  }
  process.stderr.write(shown);
  if (yes) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question("Are they the hosts' own? [y/N] ", { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

function setupText({ keys, hosts }: KeysSetup, asked: readonly KeyHost[]): string {
  const unnamed = asked.filter(({ login }) => login.privateKey === null);
  return [
    ...keys.flatMap(({ path, created, mended }) => [
      ...(created ? [`${path} is new (ed25519).`] : []),
      ...mended.map((line) => `mode ${line}`),
    ]),
    checksText(
      hosts.map((host) => ({
        ...host,
        message: host.done === 'installed' ? 'brought there by password, and logged in with it' : host.message,
      })),
    ),
    ...(unnamed.length === 0
      ? []
      : [`Name the key in the deployment: deployment.defaults.private_key: ${unnamed[0]!.key}`]),
  ].join('\n');
}

function checksText(checks: readonly KeyCheck[]): string {
  const rows = checks.map(({ host, user, port, state, message, hint }) => [
    `${user}@${host}${port === 22 ? '' : `:${port}`}`,
    state,
    hint === null ? message : `${message} (${hint})`,
  ]);
  return table(rows, 3).join('\n');
}

function exitCodeOf(checks: readonly KeyCheck[]): ExitCode {
  const failed = checks.filter(({ state }) => state !== 'ok');
  if (failed.length === 0) return EXIT.done;
  return failed.every(({ state }) => isNotReached(state)) ? EXIT.unreachable : EXIT.stepFailed;
}
