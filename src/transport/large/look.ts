import lookTemplate from '../../../templates/bring_look.sh';
import digestTemplate from '../../../templates/digest.sh';
import { mib } from '../../files/sizes.ts';
import { quoteWord } from '../../shell/quote.ts';
import type { RemoteHost } from '../host.ts';
import { noRoom } from './bringError.ts';
import { type BringOptions, type Part, partPath, signalOf } from './part.ts';
import { refusal } from './refusal.ts';
import type { LocalSource } from './source.ts';

export interface Seen {
  readonly haveBytes: number;
  /** Of what is there; null: nothing is, or it was not asked for. */
  readonly prefixSha256: string | null;
  /** Unpackers on the host. */
  readonly tools: ReadonlySet<string>;
}

/** What the host has of the file, and whether it has room for the rest. */
export async function look(
  host: RemoteHost,
  source: LocalSource,
  part: Part,
  verify: boolean,
  options: BringOptions,
): Promise<Seen> {
  const words = [
    `folder=${quoteWord(part.folder)}`,
    `stem=${quoteWord(`.${part.name}`)}`,
    `part=${quoteWord(partPath(part, source))}`,
    `size=${source.sizeBytes}`,
    `verify=${verify ? 1 : 0}`,
  ];
  const result = await host.run([...words, digestTemplate, lookTemplate].join('\n'), {
    ...signalOf(options),
    onLine: (line) => {
      const have = Number(/^have (\d+)$/.exec(line)?.[1] ?? 0);
      if (have > 0)
        options.onProgress?.(`comparing the ${mib(have)} MiB that are there already`, have / source.sizeBytes);
    },
  });
  const full = /^no-room (\d+) (\d+) (.*)$/m.exec(result.stdout);
  if (full) throw noRoom(host.address, source.path, Number(full[1]), Number(full[2]), full[3]!);
  if (result.ended !== 'exit' || result.code !== 0) throw refusal(host.address, source, result);
  return {
    haveBytes: Number(/^have (\d+)$/m.exec(result.stdout)?.[1] ?? 0),
    prefixSha256: /^([0-9a-f]{64}) /m.exec(result.stdout)?.[1] ?? null,
    tools: new Set([...result.stdout.matchAll(/^tool (\w+)$/gm)].map(([, tool]) => tool!)),
  };
}
