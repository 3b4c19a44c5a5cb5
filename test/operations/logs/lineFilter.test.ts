import { describe, expect, it } from 'vitest';
import { grepOf, isAccess, LineFilter, type LineWish } from '../../../src/operations/logs/lineFilter.ts';
import { linesToRead } from '../../../src/operations/logs/logsCommand.ts';
import { logText } from '../../../src/operations/logs/text.ts';
import { nodeColors, showsColors } from '../../../src/report/nodeColors.ts';

const source = (node: string) => ({ node, host: '10.0.0.1', path: `/log/${node}`, label: `${node}/run` });

function shown(texts: readonly (string | readonly [string, string])[], wish: Partial<LineWish>) {
  const filter = new LineFilter({ grep: null, errors: false, access: false, ...wish });
  const lines = texts.map((text) => (typeof text === 'string' ? (['d0', text] as const) : text));
  const kept = lines.filter(([node, text]) => filter.shows({ source: source(node), atMs: 0, text }));
  return { lines: kept.map(([, text]) => text), numHidden: filter.numHidden };
}

const UVICORN = 'INFO:     127.0.0.1:41234 - "GET /health HTTP/1.1" 200 OK';
const NGINX = '10.0.0.9 - - [21/Nov/2026:22:50:01 +0000] "POST /v1/completions HTTP/1.1" 200 812 "-" "curl/8"';
const FAILED = 'INFO:     127.0.0.1:41234 - "POST /v1/completions HTTP/1.1" 500 Internal Server Error';

describe('lines about requests', () => {
  it('are those of uvicorn and nginx that were answered', () => {
    expect([UVICORN, NGINX, FAILED, 'INFO 11-21 22:50:01 said "GET it" 200 times'].map(isAccess)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('are hidden and counted, unless they are asked for', () => {
    const lines = [UVICORN, 'INFO 11-21 22:50:01 ready', NGINX, FAILED];
    expect(shown(lines, {})).toEqual({ lines: ['INFO 11-21 22:50:01 ready', FAILED], numHidden: 2 });
    expect(shown(lines, { access: true })).toEqual({ lines, numHidden: 0 });
    expect(shown(lines, { grep: /health/ })).toEqual({ lines: [UVICORN], numHidden: 0 });
  });
});

describe('--errors', () => {
  it('keeps tracebacks whole, each log by itself', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "/vllm/engine.py", line 3, in step',
      'torch.OutOfMemoryError: NPU out of memory',
    ];
    const lines: [string, string][] = [
      ['d0', 'INFO 11-21 22:50:01 ready'],
      ['d0', traceback[0]!],
      ['p0', '  a line of another log'],
      ['d0', traceback[1]!],
      ['d0', traceback[2]!],
      ['d0', UVICORN],
      ['d0', '  of the line before'],
      ['d0', FAILED],
      ['d0', '2026/11/21 22:50:01 [error] 7#7: connect() failed'],
      ['d0', 'ERROR 11-21 22:50:02 [core.py:390] EngineCore hit an exception'],
      ['d0', 'WARNING 11-21 22:50:02 no error here'],
    ];
    expect(shown(lines, { errors: true }).lines).toEqual([
      ...traceback,
      FAILED,
      '2026/11/21 22:50:01 [error] 7#7: connect() failed',
      'ERROR 11-21 22:50:02 [core.py:390] EngineCore hit an exception',
    ]);
    expect(shown(lines, { errors: true, grep: /memory/ }).lines).toEqual([traceback[2]]);
  });
});

describe('--grep', () => {
  it('that is not a regular expression is bad usage', () => {
    expect(() => grepOf('a(')).toThrow(/^--grep a\( is not a regular expression: Invalid regular expression: /);
    expect(grepOf(undefined)).toBeNull();
  });
});

describe('the number of lines', () => {
  const none = { lines: undefined, since: undefined, grep: undefined, errors: false, access: false, follow: false };
  it.each([
    ['100 shown of each log, with more read for those that are hidden', none, 1000, 100],
    ['100 with --access', { ...none, access: true }, 100, 100],
    ['10000 searched with --grep', { ...none, grep: 'x' }, 10_000, 10_000],
    ['10000 searched with --errors', { ...none, errors: true }, 10_000, 10_000],
    ['those of -n', { ...none, lines: 5 }, 50, 5],
    ['those of -n where they are many', { ...none, lines: 20_000 }, 20_000, 20_000],
    ['100 with -f', { ...none, follow: true }, 100, 100],
  ])('is %s', (_, choices, numRead, numShown) => {
    expect(linesToRead(choices)).toEqual({ numRead, numShown });
  });
});

describe('colours', () => {
  it('differ by node and are the same in all its logs', () => {
    const color = nodeColors(['p0', 'd0', 'p0'], true);
    expect(logText({ source: source('p0'), atMs: 0, text: 'x' }, 6, color)).toBe('\u001b[36mp0/run\u001b[0m | x\n');
    expect(logText({ source: source('d0'), atMs: 0, text: 'x' }, 6, color)).toBe('\u001b[33md0/run\u001b[0m | x\n');
    expect(nodeColors(['p0'], false)('p0', 'p0/run')).toBe('p0/run');
  });

  it('are for terminals only', () => {
    expect(showsColors({ isTTY: false })).toBe(false);
  });
});
