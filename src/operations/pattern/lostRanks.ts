import { badFlag } from './flags.ts';

/** `5`, `5,6`, `16-31`, `host1`, mixed by commas: ranks, rising, each once. */
export function parseLost(flag: string, text: string, ranksPerHost: number, ranks: number): number[] {
  const lost = new Set<number>();
  for (const part of text.split(',')) {
    const [, host, first, last] = part.trim().match(/^(?:host(\d+)|(\d+)(?:-(\d+))?)$/) ?? [];
    if (host === undefined && first === undefined) {
      throw badFlag(`--${flag} ${text}`, 'Give ranks such as 5,6 or 16-31, or a host such as host1.');
    }
    const from = host === undefined ? Number(first) : Number(host) * ranksPerHost;
    const to = host === undefined ? Number(last ?? first) : Math.min(ranks, from + ranksPerHost) - 1;
    if (from >= ranks || to >= ranks || to < from) {
      throw badFlag(`--${flag} ${text}`, `There are ranks 0 to ${ranks - 1}, on hosts of ${ranksPerHost}.`);
    }
    for (let rank = from; rank <= to; rank++) lost.add(rank);
  }
  return [...lost].sort((a, b) => a - b);
}
