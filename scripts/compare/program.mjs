/**
 * Runs commands of one checkout in this process, one after the other. Most of a command's cost is loading modules; here they load
 * once. Receives {argv, cwd} from the parent process and sends {exitCode, stdout, stderr}.
 */
import { pathToFileURL } from 'node:url';

const [, , bin] = process.argv;
let captured = { stdout: '', stderr: '' };
/** Exit code of the first process.exit() of this run; in a separate process nothing would follow it. */
let exited = null;
let runs = 0;

process.exit = (exitCode = process.exitCode) => {
  exited ??= exitCode ?? 0;
  throw new Error('process.exit()');
};
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, done) => {
    if (exited === null) captured[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
}

process.on('message', async ({ argv, cwd }) => {
  captured = { stdout: '', stderr: '' };
  process.chdir(cwd);
  process.exitCode = undefined;
  exited = null;
  process.argv = [process.execPath, bin, ...argv];
  runs += 1;
  let crash = null;
  try {
    await import(`${pathToFileURL(bin)}?run=${runs}`);
  } catch (error) {
    crash = `crashed: ${error?.stack}`;
  }
  const exitCode = exited ?? crash ?? process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ exitCode, ...captured });
});
process.on('disconnect', () => process.reallyExit(0));
process.send('ready');
