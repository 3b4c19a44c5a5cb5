import { describe, expect, it } from 'vitest';
import { HostReader, type LogLine, type LogSource, logsScript, readLogs } from '../../../src/operations/logs/logs.ts';
import { sinceMs } from '../../../src/operations/logs/logsCommand.ts';
import { logEntry, logText } from '../../../src/operations/logs/text.ts';
import { nodeWords } from '../../../src/operations/session/nodeWords.ts';
import { type RemoteHost, TransportError } from '../../../src/transport/host.ts';

const source = (node: string, host = '10.0.0.1'): LogSource => ({
  node,
  host,
  path: `/data/log/${node}/run.log`,
  label: `${node}/run`,
});

/** A host that says `text` to every script. */
function host(text: (script: string) => string): RemoteHost {
  return {
    run: async (script: string, options: { onChunk?: (chunk: Buffer, stream: 1 | 2) => unknown }) => {
      await options.onChunk?.(Buffer.from(text(script)), 1);
      return { code: 0, stdout: '', stderr: '', durationMs: 0, ended: 'exit' };
    },
  } as unknown as RemoteHost;
}

describe('logs', () => {
  it('of several hosts come in the order of time, lines without one behind the line before them', async () => {
    const said = (written: string, lines: string[]) => (script: string) => {
      const nonce = /^nonce=(\S+)/.exec(script)![1];
      return `${nonce} zone +0000\n${nonce} file 0 ${Date.parse(written) / 1000}\n${lines.map((line) => `0 ${line}\n`).join('')}`;
    };
    const hosts: Record<string, RemoteHost> = {
      '10.0.0.1': host(said('2026-11-21T10:00:03Z', ['INFO 11-21 10:00:01 a', 'Traceback', 'INFO 11-21 10:00:03 c'])),
      // its container's clock is eight hours ahead
      '10.0.0.2': host(said('2026-11-21T10:00:02Z', ['INFO 11-21 18:00:02 b'])),
    };
    const got: string[] = [];
    const problems = await readLogs(
      async (address) => {
        const found = hosts[address];
        if (!found) throw new TransportError('unreachable', address, `can't reach ${address}`, null);
        return found;
      },
      [source('p0'), source('d0', '10.0.0.2'), source('d1', '10.0.0.3')],
      {
        follow: false,
        lines: 10,
        sinceMs: null,
        signal: new AbortController().signal,
        write: async (lines) => void got.push(...lines.map((line) => logText(line, 6))),
      },
    );
    expect(got).toEqual([
      'p0/run | INFO 11-21 10:00:01 a\n',
      'p0/run | Traceback\n',
      'd0/run | INFO 11-21 18:00:02 b\n',
      'p0/run | INFO 11-21 10:00:03 c\n',
    ]);
    expect(problems).toEqual({ '10.0.0.3': "can't reach 10.0.0.3" });
  });

  it('are asked for with one script per host, its paths quoted', () => {
    const script = logsScript([{ ...source('p0'), path: "/log/it's.log" }], 'n1', { lines: 7, follow: true });
    expect(script.split('\n')[0]).toBe('nonce=n1 lines=7 follow=1');
    expect(script.split('\n').at(-1)).toBe("show '/log/it'\\''s.log'");
  });

  it('show control characters instead of sending them to the terminal', () => {
    const line: LogLine = { source: source('d0'), atMs: 0, text: 'a\u001b]0;title\u0007b\u001b[31mred' };
    expect(logText(line, 8)).toBe('d0/run   | a\\x1b]0;title\\x07bred\n');
    expect(logEntry({ ...line, text: 'x' })).toEqual({
      node: 'd0',
      host: '10.0.0.1',
      log: '/data/log/d0/run.log',
      at: '1970-01-01T00:00:00.000Z',
      text: 'x',
    });
  });

  it('pass over lines that are of none of their files', () => {
    const got: LogLine[] = [];
    const reader = new HostReader('n1', [source('p0')], (line) => got.push(line));
    for (const line of ['motd: welcome', '7 no such file', '0 mine']) reader.line(line);
    reader.settle();
    expect(got.map(({ text }) => text)).toEqual(['mine']);
  });
});

describe('--since', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  it('is a time before now, or a time', () => {
    expect(sinceMs('90s', now)).toBe(now.getTime() - 90_000);
    expect(sinceMs('10m', now)).toBe(now.getTime() - 600_000);
    expect(sinceMs('1d', now)).toBe(now.getTime() - 86_400_000);
    expect(sinceMs('2026-11-21T09:00:00Z', now)).toBe(now.getTime() - 3_600_000);
    expect(() => sinceMs('yesterday', now)).toThrow('--since yesterday is no time.');
  });
});

describe('words of a command', () => {
  it('are nodes, and a deployment file among them', () => {
    expect(nodeWords(['d0', 'cluster.yml', 'p*'], undefined)).toEqual({ file: 'cluster.yml', nodes: ['d0', 'p*'] });
    expect(nodeWords(['d0'], 'x')).toEqual({ file: 'x', nodes: ['d0'] });
    expect(nodeWords([], undefined)).toEqual({ file: undefined, nodes: [] });
  });
});
