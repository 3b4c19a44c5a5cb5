import { open } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import { whyUnwritable } from '../../errors/whyUnwritable.ts';
import { traceOf } from '../../report/trace.ts';
import type { RunEvent } from '../../runner/event.ts';

export interface TraceFile {
  write(events: readonly RunEvent[]): Promise<void>;
}

/** Opened before anything is done: a run whose trace can't be kept is not begun. */
export async function openTrace(path: string): Promise<TraceFile> {
  const file = await open(path, 'w').catch((cause: Error) => {
    throw new UserError('not_written', `${path} can't be written: ${whyUnwritable(cause)}`, { cause });
  });
  return {
    write: async (events) => {
      await file.writeFile(`${JSON.stringify(traceOf(events))}\n`);
      await file.close();
    },
  };
}
