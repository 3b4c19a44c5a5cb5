import { duration } from '../../files/durations.ts';
import type { WaitCondition } from '../../plan/step.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { RemoteHost } from '../../transport/host.ts';
import { request } from '../../transport/http.ts';
import { isDenied } from '../../transport/isDenied.ts';
import { causeOf } from '../cause.ts';
import { loadingFraction } from '../loading.ts';
import type { ActionContext, ActionRunner, Outcome } from './action.ts';
import { parseWatch, type Watched, watchScript } from './watch.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const PROBE_TIMEOUT_MS = 5_000;
/** `docker exec -d` returns before its process shows up in /proc. */
const GRACE_MS = 3_000;
const TAIL_DEADLINE_MS = 5_000;
const TAIL_LINES = 12;
/** Of a launcher that ended: a script that refuses an option prints that first, then a page of help. */
const HEAD_LINES = 4;
/** Of all logs together. */
const SHOWN_LINES = 60;

/**
 * Waits for a condition, never for a time: ready, or ended, or no progress, or the step's deadline, whichever comes first.
 * It keeps its deadline itself: then it can still say what it waited for, and what the logs say.
 */
export const wait: ActionRunner<'wait'> = {
  how: 'alone',
  lastWordsMs: 2 * TAIL_DEADLINE_MS,
  run: async ({ action: { until, showing, lastS }, deadlineMs }, host, context) => {
    const begunMs = performance.now();
    const leftMs = () => Math.max(1, begunMs + deadlineMs - performance.now());
    let progress = { atMs: begunMs, sign: '' };
    let state = 'the host has not answered yet';
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.4, LONGEST_PAUSE_MS)) {
      const look = await host.run(watchScript(until), { signal: context.signal, deadlineMs: leftMs() });
      if (look.ended === 'deadline') return failed(notWithin(deadlineMs, state), until, host, context);
      const watched = parseWatch(look.stdout);
      const nowMs = performance.now();
      const gone = watched.processes === 0 && nowMs - begunMs > GRACE_MS;
      if (watched.exitCode !== null || gone) return ended(watched, until, host, context);

      const open = await readiness(until, watched, host, Math.min(PROBE_TIMEOUT_MS, leftMs()), context.signal);
      if (watched.processes > 0 && open.waitingFor.length === 0) {
        const tookS = ((nowMs - begunMs) / 1000).toFixed(1);
        if (until.marker !== null) await host.run(readyScript(until, until.marker, tookS), { signal: context.signal });
        return { status: 'changed', message: `${showing} after ${tookS} s` };
      }
      state = describe(open, watched);
      const loaded = loadingFraction(watched.lastLine);
      context.progress(
        `${waitedWords(nowMs - begunMs, lastS, loaded)}: ${state}`,
        open.ready > 0 ? open.ready / until.probes.length : (loaded ?? (until.probes.length === 0 ? null : 0)),
      );

      const sign = `${watched.logBytes} ${watched.cpuTicks} ${watched.listening.size} ${open.ready}`;
      if (sign !== progress.sign) progress = { atMs: nowMs, sign };
      if (nowMs - progress.atMs > until.noProgressMs) {
        const seconds = (until.noProgressMs / 1000).toFixed(0);
        return failed(`no progress for ${seconds} s: ${state}`, until, host, context);
      }
      if (performance.now() - begunMs >= deadlineMs) return failed(notWithin(deadlineMs, state), until, host, context);
      await pause(Math.min(pauseMs, leftMs()), context.signal);
    }
  },
};

/** What says that it is ready, and how long that took. */
function readyScript({ process, took }: WaitCondition, marker: string, tookS: string): string {
  const put = (text: string, path: string) => `${quote(['printf', '%s', text])} > ${quoteWord(path)}`;
  return [put(process.generation, marker), ...(took === undefined ? [] : [put(tookS, took)])].join('\n');
}

/** `1 min 20 s (the last start took 4 min 05 s), loaded 25 %` */
export function waitedWords(waitedMs: number, lastS: number | undefined, loaded: number | null): string {
  const last = lastS === undefined ? '' : ` (the last start took ${wholeSeconds(lastS * 1000)})`;
  return `${wholeSeconds(waitedMs)}${last}${loaded === null ? '' : `, loaded ${Math.floor(loaded * 100)} %`}`;
}

function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : duration(ms);
}

interface Readiness {
  readonly ready: number;
  /** `rank 3 (port 9103): does not listen` */
  readonly waitingFor: readonly string[];
}

async function readiness(
  until: WaitCondition,
  watched: Watched,
  host: RemoteHost,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Readiness> {
  const closed = until.ports.filter((port) => !watched.listening.has(port));
  const probed = await Promise.all(
    until.probes.map((probe) =>
      watched.listening.has(probe.port) ? answer(probe, host, timeoutMs, signal) : 'does not listen',
    ),
  );
  const waitingFor = [
    ...until.probes.flatMap((probe, index) =>
      probed[index] === null ? [] : [`${probe.of} (port ${probe.port}): ${probed[index]}`],
    ),
    ...closed
      .filter((port) => !until.probes.some((probe) => probe.port === port))
      .map((port) => `port ${port}: does not listen`),
    ...(until.joined === null || watched.joined ? [] : ['its instance: not joined yet']),
  ];
  return { ready: probed.filter((result) => result === null).length, waitingFor };
}

/** Null when the probe answered, else why not. */
async function answer(
  probe: WaitCondition['probes'][number],
  host: RemoteHost,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { status } = await request(host, {
      port: probe.port,
      path: probe.path,
      method: 'GET',
      timeoutMs,
      signal,
    });
    // a server with a key is ready; its completion is asked for with the key
    return status === 200 || isDenied(status) ? null : `${probe.path} answers ${status}`;
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function describe(open: Readiness, watched: Watched): string {
  const [first = 'nothing', ...more] = open.waitingFor;
  const log = watched.lastLine === '' ? '' : `; log: ${watched.lastLine}`;
  return `waiting for ${first}${more.length > 0 ? ` and ${more.length} more` : ''}${log}`;
}

async function ended(
  watched: Watched,
  until: WaitCondition,
  host: RemoteHost,
  context: ActionContext,
): Promise<Outcome> {
  const output = await lastLines(until, host, context.signal, HEAD_LINES);
  const cause = causeOf(output.map((line) => line.replace(LOG_NAME, '')));
  const message = `the server ended before it was ready: ${endWords(watched.exitCode, cause)}`;
  return { status: 'failed', message, output, exitCode: watched.exitCode };
}

function notWithin(deadlineMs: number, state: string): string {
  return `not ready within ${(deadlineMs / 1000).toFixed(0)} s: ${state}`;
}

async function failed(
  message: string,
  until: WaitCondition,
  host: RemoteHost,
  context: ActionContext,
): Promise<Outcome> {
  return { status: 'failed', message, output: await lastLines(until, host, context.signal) };
}

/** The end of every log that has something in it, each line with its file's name; of the launcher's, which is the first, also `head` lines. */
async function lastLines(until: WaitCondition, host: RemoteHost, signal: AbortSignal, head = 0): Promise<string[]> {
  const tails = until.logs.map((log, at) => {
    const name = log.slice(log.lastIndexOf('/') + 1);
    const lines = at > 0 || head === 0 ? `tail -n ${TAIL_LINES} -- "$log"` : headAndTail(head);
    return `log=${quoteWord(log)}; { ${lines}; } 2>/dev/null | cut -c 1-1000 | sed ${quoteWord(`s|^|${name.replaceAll(/[|\\&]/g, '.')}: |`)}; echo`;
  });
  const { stdout } = await host.run(tails.join('\n'), { signal, deadlineMs: TAIL_DEADLINE_MS });
  const [launcher = [], ...servers] = stdout
    .split('\n\n')
    .map((text) => text.split('\n').filter((line) => line !== ''));
  return [...launcher, ...servers.flat().slice(-(SHOWN_LINES - launcher.length))];
}

function endWords(exitCode: number | null, cause: string | null): string {
  if (exitCode !== null) return cause === null ? `exit code ${exitCode}` : `${cause} (exit code ${exitCode})`;
  const gone = 'it is gone without an exit code (killed, or its container restarted)';
  return cause === null ? gone : `${cause}; ${gone}`;
}

/** Before each line of a log. */
const LOG_NAME = /^[^\s:]+: ?/;

/** Whole where the two would meet. */
function headAndTail(head: number): string {
  const most = head + TAIL_LINES;
  return `if [ "$(wc -l < "$log")" -le ${most} ]; then cat -- "$log"; else head -n ${head} -- "$log"; echo ...; tail -n ${TAIL_LINES} -- "$log"; fi`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
