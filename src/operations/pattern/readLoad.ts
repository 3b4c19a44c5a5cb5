import { stat } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import { readBytes, unreadable } from '../../files/readBytes.ts';
import { utf8Text } from '../../files/readText.ts';
import {
  createDumpReader,
  joinEpisodes,
  type Load,
  loadFromArray,
  mergeEpisodes,
  parseLoadCsv,
  parseNpy,
  parseSglangMap,
} from '../../placement/index.ts';
import { inFile } from './asUserError.ts';
import { refuseForeign } from './foreignFile.ts';
import { type DumpRequest, readDumps } from './readDumps.ts';
import { sniff } from './sniff.ts';

export interface LoadRequest extends DumpRequest {
  /** files, folders of dumps, or `-` */
  readonly sources: readonly string[];
}

/** Windows of dumps are merged into this many episodes unless told: more say little and cost time. */
const MOST_EPISODES = 8;

/** The load that all sources together give, one episode after the other. `say` hears what was wrong with them. */
export async function readLoad(request: LoadRequest, say: (line: string) => void): Promise<Load> {
  const folders: string[] = [];
  const loads: Load[] = [];
  for (const source of request.sources) {
    if (await isFolder(source)) folders.push(source);
    else loads.push(parseLoad(source, await readBytes(source)));
  }
  if (folders.length > 0) {
    const dumped = await readDumps(folders, { ...request, episodes: request.episodes ?? MOST_EPISODES }, say);
    if (request.episodes === undefined && dumped.windows > MOST_EPISODES) {
      say(`${dumped.windows} windows are merged into ${MOST_EPISODES} episodes; choose with --episodes`);
    }
    loads.push(dumped.load);
  }
  const load = loads.length === 1 ? loads[0]! : inFile(request.sources.join(', '), () => joinEpisodes(loads));
  if (!load.tokens.some((tokens) => tokens > 0)) {
    throw new UserError('bad_load', `${request.sources.join(', ')}: there is no load at all, every count is 0`, {
      hint: 'Record the dump while requests run.',
    });
  }
  const { episodes } = request;
  return episodes === undefined || episodes >= load.episodes ? load : mergeEpisodes(load, episodes);
}

function parseLoad(file: string, bytes: Uint8Array): Load {
  const text = () => utf8Text(bytes, file === '-' ? 'stdin' : file);
  return inFile(file === '-' ? 'stdin' : file, () => {
    switch (sniff(bytes)) {
      case 'npy':
        return loadFromArray(parseNpy(bytes));
      case 'csv':
        return parseLoadCsv(text());
      case 'window': {
        const reader = createDumpReader(1);
        reader.add('the dump window', text());
        return reader.finish().load;
      }
      case 'json': {
        const map = parseSglangMap(text(), 1);
        if (map.kind === 'load') return map.load;
        throw new UserError('bad_load', `${file}: a map of experts says where they are, not how many tokens they got`);
      }
      default:
        refuseForeign(bytes, file === '-' ? 'stdin' : file, 'load');
        throw new UserError('bad_load', `${file}: is no .npy, no CSV of the pattern tool and no dump window`, {
          hint: 'Give a .npy of shape (layers, experts) or (episodes, layers, experts), a CSV, or a folder of dumps.',
        });
    }
  });
}

async function isFolder(source: string): Promise<boolean> {
  if (source === '-') return false;
  try {
    return (await stat(source)).isDirectory();
  } catch (error) {
    throw unreadable(source, error);
  }
}
