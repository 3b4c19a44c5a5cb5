import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';
import type { ExecEnd } from './runInContainer.ts';

/** Why a command has no exit code of its own. */
export function endText(end: ExecEnd, node: { readonly container: string; readonly host: string }): string {
  switch (end.kind) {
    case 'exit':
      return `exit code ${end.code}`;
    case 'interrupted':
      return 'interrupted';
    case 'unreachable':
      return end.error.message;
    case 'no-container':
      return `can't run in ${node.container} on ${node.host}: ${printable(end.problem)}`;
  }
}

/** `5 nodes: 3 ok, 2 failed (d0, d1: exit code 2; p0: unreachable)` */
export function execSummary(ends: readonly { readonly node: string; readonly end: ExecEnd }[]): string {
  const byWord = grouped(ends);
  const numOk = byWord.get(OK)?.length ?? 0;
  byWord.delete(OK);
  const failed = [...byWord].map(([word, nodes]) => `${nodes.join(', ')}: ${word}`).join('; ');
  const head = `${plural(ends.length, 'node')}: ${numOk} ok`;
  return failed === '' ? head : `${head}, ${ends.length - numOk} failed (${failed})`;
}

const OK = 'ok';
const WORDS = { interrupted: 'interrupted', unreachable: 'unreachable', 'no-container': 'no container' } as const;

function grouped(ends: readonly { readonly node: string; readonly end: ExecEnd }[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { node, end } of ends) {
    const word = end.kind !== 'exit' ? WORDS[end.kind] : end.code === 0 ? OK : `exit code ${end.code}`;
    found.set(word, [...(found.get(word) ?? []), node]);
  }
  return found;
}
