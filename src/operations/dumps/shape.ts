import type { WindowCodec, WindowFault } from '../../placement/index.ts';
import type { Inspector } from '../fetch/types.ts';

/** Lines and columns of a dump's window. */
export interface WindowShape {
  readonly lines: number;
  readonly columns: number;
}

/** Checks a window while it comes; `take` gets the shape of one that is whole. */
export function windowInspector(codec: Pick<WindowCodec, 'scanner'>, take: (shape: WindowShape) => void): Inspector {
  const scanner = codec.scanner();
  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      const { lines, columns, fault } = scanner;
      const message = scanner.end() ?? (fault === null ? null : messageOf(fault, columns));
      if (message === null) take({ lines, columns });
      return message;
    },
  };
}

function messageOf({ kind, line, column }: WindowFault, columns: number): string {
  if (kind === 'empty-line') return `line ${line} has no counts`;
  if (kind === 'other-length') return `line ${line} has ${column} counts, line 1 has ${columns}`;
  return `line ${line}, column ${column} ${kind === 'no-count' ? 'has no count' : 'is no count'}`;
}
