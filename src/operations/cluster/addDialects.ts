import type { DialectFacts, Facts, HostFacts, ImageDialect, ProbeRequest } from '../../facts/facts.ts';
import { readImageTexts } from '../../facts/readImageTexts.ts';
import { keepImageTexts, keptImageTexts } from '../../state/imageTexts.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';

export interface ReadOptions {
  /** Where this machine keeps what it read. */
  readonly stateFolder: string;
  readonly signal?: AbortSignal;
  /** What is not known here is read only if that can be done until then; absent: it takes the time it takes. */
  readonly deadlineMs?: number;
  /** What could not be read in earlier rounds, by image: it is not tried again. */
  readonly unreadable?: Map<string, DialectFacts>;
}

/**
 * The same facts, each with what the code on its host accepts. An image is read on one host, and only the first time:
 * the answer is kept on this machine by the image's id.
 */
export async function addDialects(
  facts: Facts,
  requests: Readonly<Record<string, ProbeRequest>>,
  open: OpenHost,
  options: ReadOptions,
): Promise<Facts> {
  const byImage = new Map<string, Promise<DialectFacts>>();
  const dialectOf = async (address: string, host: HostFacts): Promise<DialectFacts | null> => {
    const asked = requests[address]?.dialect;
    if (!host.reachable || asked === undefined) return null;
    if ('from' in asked) return asked;
    const imageId = host.docker.images[asked.image] ?? null;
    if (imageId === null) return null;
    const found = byImage.get(imageId) ?? imageDialect(address, imageId, asked, open, options);
    byImage.set(imageId, found);
    return found;
  };
  const entries = Object.entries(facts).map(async ([address, host]) => {
    const dialect = await dialectOf(address, host);
    return [address, dialect === null ? host : { ...host, dialect }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function imageDialect(
  address: string,
  imageId: string,
  asked: ImageDialect,
  open: OpenHost,
  options: ReadOptions,
): Promise<DialectFacts> {
  const { stateFolder, unreadable, ...limits } = options;
  const before = unreadable?.get(imageId);
  if (before !== undefined) return before;
  const files = { imageId, folder: asked.folder, files: asked.files };
  const kept = await keptImageTexts(stateFolder, files);
  if (kept !== null) return asked.read(imageId, kept);
  const unknown = (state: 'unreadable' | 'unasked', problem: string) =>
    ({ from: imageId, state, problem, accepts: null }) as const;
  if (limits.deadlineMs !== undefined && limits.deadlineMs <= 0) return unknown('unasked', 'there was no time to ask');
  try {
    const answer = await readImageTexts(await open(address, limits.signal), files, limits);
    if ('problem' in answer) {
      if (limits.deadlineMs !== undefined && answer.isLate) return unknown('unasked', answer.problem);
      const found = unknown('unreadable', answer.problem);
      unreadable?.set(imageId, found);
      return found;
    }
    // a machine that keeps nothing asks again
    await keepImageTexts(stateFolder, files, answer.texts).catch(() => {});
    return asked.read(imageId, answer.texts);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return unknown('unreadable', error.message);
  }
}
