import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../../shared/refusal.ts';
import { type ProxyConf, readConf } from './conf.ts';
import { startProxy } from './server.ts';

/** `nginx -c CONF [-t | -s stop | -s reload]`: like nginx, it goes to the background once it listens. */
export async function nginx(argv: readonly string[]): Promise<void> {
  const path = argv[argv.indexOf('-c') + 1] ?? '';
  const conf = readConf(path);
  if ('emerg' in conf) throw emerg(conf.emerg);
  const pidFile = `${dirname(dirname(path))}/logs/nginx.pid`;
  if (argv.includes('-t')) {
    process.stderr.write(`nginx: configuration file ${path} test is successful\n`);
    return;
  }
  if (argv.includes('--in-background')) return listen(path, conf, pidFile);
  if (argv.includes('-s')) return send(argv.includes('reload') ? 'SIGHUP' : 'SIGTERM', pidFile);
  return daemonize(argv);
}

/** Waits for the child's word on its fourth descriptor: empty when it listens, else why it doesn't. */
function daemonize(argv: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1]!, 'nginx', ...argv, '--in-background'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    let words = '';
    const pipe = child.stdio[3] as NodeJS.ReadableStream;
    pipe.setEncoding('utf8' as BufferEncoding);
    pipe.on('data', (chunk) => {
      words += chunk;
    });
    pipe.on('end', () => {
      child.unref();
      if (words === '') resolve();
      else reject(emerg(words));
    });
  });
}

async function listen(path: string, conf: ProxyConf, pidFile: string): Promise<void> {
  process.title = `nginx: master process nginx -c ${path}`;
  const log = (line: string) => {
    if (conf.errorLog) appendFileSync(conf.errorLog, `${new Date().toISOString()} [error] ${process.pid}#0: ${line}\n`);
  };
  try {
    if (conf.errorLog) closeSync(openSync(conf.errorLog, 'a'));
    const proxy = await startProxy(conf, log);
    let worker = startWorker();
    process.on('SIGHUP', () => {
      const next = readConf(path);
      if ('emerg' in next) return log(next.emerg);
      proxy.reload(next);
      worker.kill('SIGKILL');
      worker = startWorker();
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const words =
      code === 'EADDRINUSE' ? `bind() to 0.0.0.0:${conf.listenPort} failed (98: Address already in use)` : message;
    writeFileSync(3, words);
    process.exit(1);
  }
  mkdirSync(dirname(pidFile), { recursive: true });
  writeFileSync(pidFile, `${process.pid}\n`);
  closeSync(3);
  process.once('SIGTERM', () => {
    rmSync(pidFile, { force: true });
    process.exit(0);
  });
}

/** A child as nginx has: the master does the work, but by this one a reload can be seen. It ends with its master. */
function startWorker(): ChildProcess {
  return spawn('sh', ['-c', 'read -r line'], {
    argv0: 'nginx: worker process',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

function send(signal: 'SIGTERM' | 'SIGHUP', pidFile: string): void {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
  } catch {
    throw emerg(`open() "${pidFile}" failed (2: No such file or directory)`);
  }
}

function emerg(words: string): UsageError {
  return new UsageError(`nginx: [emerg] ${words}`);
}
