import type { Exported } from '../exportMaps.ts';

const UNREAD = 'released vLLM reads no map of experts: its files are for builds of your own';

/** A line per file, and why an engine got none. */
export function exportText({ files, left }: Exported): string {
  return [...exportLines({ files, left }), 'every file was read back and says the same'].join('\n');
}

export function exportLines({ files, left }: Exported): string[] {
  const names = files.map(({ engine, file, holds }) => ({ engine, text: `${file}  ${holds}` }));
  const missing = left.map(({ engine, reason }) => ({ engine, text: `nothing: ${reason}` }));
  const width = Math.max(...[...names, ...missing].map(({ engine }) => engine.length));
  return [
    ...[...names, ...missing].map(({ engine, text }) => `${engine.padEnd(width)}  ${text}`),
    ...(files.some(({ engine }) => engine === 'vllm') ? [UNREAD] : []),
  ];
}
