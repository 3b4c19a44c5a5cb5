import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UserError } from '../../errors/userError.ts';
import { unreadable } from '../../files/readBytes.ts';
import {
  type ActivationLogOptions,
  type ActivationLogReader,
  createActivationLogReader,
  type Load,
} from '../../placement/index.ts';

/** Sums the `[dump activation]` lines of server logs, read line by line. Lines that don't fit are named and counted. */
export async function readActivationLogs(
  files: readonly string[],
  options: ActivationLogOptions,
  say: (line: string) => void,
): Promise<Load> {
  const reader = createActivationLogReader(options);
  for (const file of files) await addLog(reader, file, say);
  const read = reader.finish();
  if (read === null) {
    const { collecting, experts, ranks } = options;
    const mode = collecting === 'all' ? 'decode' : collecting;
    throw new UserError('bad_load', `${files.join(', ')}: no [dump activation] line of ${collecting} can be used`, {
      hint: `They read: [dump activation] ${mode} step 1 in rank 0 for layer 0 get ${experts / ranks} experts data: and counts.`,
    });
  }
  if (read.missing !== undefined) say(`warning: ${files.join(', ')} tell ${read.missing}; these experts count as idle`);
  return read.load;
}

async function addLog(reader: ActivationLogReader, file: string, say: (line: string) => void): Promise<void> {
  let [number, wrong] = [0, 0];
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  const reading = (async () => {
    for await (const line of lines) {
      number++;
      const fault = reader.add(line);
      if (fault !== undefined && wrong++ < MOST_LINES)
        say(`warning: ${file}, line ${number} ${fault}; it was left out`);
    }
  })();
  await Promise.race([reading, failed]).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (wrong > MOST_LINES) say(`warning: ${file}: ${wrong} lines in all were left out`);
}

const MOST_LINES = 3;
