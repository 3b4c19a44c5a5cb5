import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { masked } from './mask.mjs';

/** A command that takes longer is hung. */
const LIMIT_MS = 60_000;
const PROGRAM = fileURLToPath(new URL('./program.mjs', import.meta.url));

/**
 * Runs the documents' commands with a checkout's program.
 * @param root of the checkout
 * @param folder of this checkout: contains work/, the working folder; home/ and out/ are created
 * @returns name of a document -> its text, masked
 */
export async function runDocuments(root, folder, documents) {
  const [home, work] = [join(folder, 'home'), join(folder, 'work')];
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const folders = [folder, root];
  const texts = new Map();
  let program = null;
  for (const [i, { name, argv, text, out = false, ...varies }] of documents.entries()) {
    if (text !== undefined) {
      texts.set(name, text(root));
      continue;
    }
    program ??= await start(join(root, 'bin/run.js'), home);
    const to = join(folder, 'out', String(i));
    if (out) mkdirSync(to, { recursive: true });
    const answer = await program.run(
      argv.map((word) => word.replaceAll('OUT', to)),
      work,
    );
    if (answer.hung) program = null;
    texts.set(name, masked(textOf(argv, answer, out ? filesText(to) : ''), { folders, ...varies }));
  }
  program?.end();
  return texts;
}

/** @returns a process that runs commands, until end() or until one hangs */
async function start(bin, home) {
  const { PATH } = process.env;
  const env = { PATH, HOME: home, USER: 'user', LANG: 'C.UTF-8', TZ: 'UTC', NO_COLOR: '1', COLUMNS: '100' };
  const child = fork(PROGRAM, [bin], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await new Promise((resolve) => child.once('message', resolve));
  const run = (argv, cwd) =>
    new Promise((resolve) => {
      const finish = (answer) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(answer);
      };
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        finish({ hung: true, exitCode: `no end within ${LIMIT_MS / 1000} s`, stdout: '', stderr: '' });
      }, LIMIT_MS);
      child.once('message', finish);
      child.once('exit', (code, signal) =>
        finish({ hung: true, exitCode: `process ended: ${signal ?? code}`, stdout: '', stderr: '' }),
      );
      child.send({ argv, cwd });
    });
  return { run, end: () => child.disconnect() };
}

function textOf(argv, { exitCode, stdout, stderr }, files) {
  const parts = [`$ omniplace ${argv.join(' ')}`, stdout, stderr === '' ? '' : `--- stderr\n${stderr}`];
  return `${parts.filter((part) => part !== '').join('\n')}\n--- exit ${exitCode}\n${files}`;
}

/** The files a command wrote: text as it is, other files as size and hexadecimal content. */
function filesText(folder) {
  return readdirSync(folder, { recursive: true })
    .sort()
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => `--- file ${name}\n${contentText(readFileSync(join(folder, name)))}`)
    .join('\n');
}

function contentText(bytes) {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? text
    : `${bytes.length} bytes\n${bytes.toString('hex').replace(/.{64}/g, '$&\n')}`;
}
