import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Folder of ray's own files. */
const FOLDER = '/tmp/ray';

/** Notes the process that is ray's node on this host; `env`: tests have a folder of their own. */
export function noteNode(pid: number, env: NodeJS.ProcessEnv): void {
  mkdirSync(folder(env), { recursive: true });
  writeFileSync(file(env), `${pid}\n`);
}

/** Process of ray's node on this host; null: none runs. */
export function runningNode(env: NodeJS.ProcessEnv): number | null {
  try {
    const pid = Number(readFileSync(file(env), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0ray\0node\0') ? pid : null;
  } catch {
    return null;
  }
}

/** `ray stop`: what it does where no node runs is nothing. */
export function stopNode(env: NodeJS.ProcessEnv): boolean {
  const pid = runningNode(env);
  rmSync(file(env), { force: true });
  if (pid === null) return false;
  process.kill(pid, 'SIGKILL');
  return true;
}

function file(env: NodeJS.ProcessEnv): string {
  return `${folder(env)}/node.pid`;
}

function folder(env: NodeJS.ProcessEnv): string {
  return env.LAB_RAY_FOLDER ?? FOLDER;
}
