import { spawn } from 'node:child_process';
import { Secret, type SecretSource } from '../../deployment/secret.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { NotUtf8Error, readText } from '../../files/readText.ts';

/** Reads a secret from where the deployment says it is. Only commands that touch hosts call this, once for each source. */
export async function resolveSecret(source: SecretSource): Promise<Secret> {
  switch (source.from) {
    case 'plain':
      return source.value;
    case 'env':
      return fromEnvironment(source.variable);
    case 'file':
      return new Secret(firstLine(await fromFile(source.path)));
    case 'command':
      return new Secret(firstLine(await fromCommand(source.argv)));
  }
}

/** Reads secrets as {@link resolveSecret} does, each source once. */
export function secretReader(): (source: SecretSource) => Promise<string> {
  const read = new Map<string, Promise<string>>();
  return (source) => {
    const key = source.from === 'plain' ? `plain ${source.value.reveal()}` : JSON.stringify(source);
    const reading = read.get(key) ?? resolveSecret(source).then((secret) => secret.reveal());
    read.set(key, reading);
    return reading;
  };
}

function fromEnvironment(variable: string): Secret {
  const value = process.env[variable];
  if (value) return new Secret(value);
  throw problem(`The environment variable ${variable} is not set.`, `Set it: export ${variable}=...`);
}

async function fromFile(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    if (cause instanceof NotUtf8Error) throw cause;
    throw problem(`The secret file ${path} can't be read.`, 'Check the path and its permissions.', cause);
  }
}

/** Its stderr goes to the terminal: password managers ask there. */
function fromCommand([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    const hint = 'Run it yourself to see why.';
    child.on('error', (cause) => failed(problem(`The secret command ${program} can't be run.`, hint, cause)));
    child.on('close', (code, signal) => {
      if (code === 0 && output.trim() !== '') done(output);
      else if (code === 0) failed(problem(`The secret command ${program} printed nothing.`, hint));
      else failed(problem(`The secret command ${program} ended with ${signal ?? `exit code ${code}`}.`, hint));
    });
  });
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}

function problem(message: string, hint: string, cause?: unknown): UserError {
  return new UserError('secret_unavailable', message, { hint, cause, exitCode: EXIT.usage });
}
