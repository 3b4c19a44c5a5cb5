import { isMap } from '../files/maps.ts';
import type { EngineName } from './deployment.ts';
import { fieldAt } from './schema.ts';
import { valueAt } from './schemaFaults.ts';
import type { AnySettingsParser, WrittenFault } from './settingsParser.ts';
import { groupsOf, hostBlocks } from './writtenGroups.ts';

/** Keys of the file that only other engines read. */
export function* otherEngineKeys(
  plain: unknown,
  engine: EngineName,
  { instead = {} }: Pick<AnySettingsParser, 'instead'>,
): Generator<WrittenFault> {
  for (const path of places(plain)) {
    const values = valueAt(plain, path);
    if (!isMap(values)) continue;
    const fields = fieldAt(path)?.properties ?? {};
    for (const key of Object.keys(values)) {
      const engines = fields[key]?.['x-engines'];
      if (engines === undefined || engines.includes(engine)) continue;
      const here = Object.keys(fields).filter((name) => fields[name]!['x-engines']?.includes(engine));
      yield {
        code: 'other_engine_key',
        path: [...path, key],
        message: `\`${key}\` is a key of engine ${engines.join(', ')}; engine ${engine} does not read it.`,
        hint: hintOf(instead[key], here),
      };
    }
  }
}

function places(plain: unknown): readonly (readonly string[])[] {
  const groups = groupsOf(plain).flatMap(({ layer }) => [layer, ...hostBlocks(layer)]);
  return [
    ['services'],
    ...['prefill', 'decode', 'mixed'].map((role) => ['services', role]),
    ['deployment', 'defaults'],
    ...groups.map(({ path }) => path),
    ['deployment', 'proxy'],
  ];
}

function hintOf(instead: string | undefined, here: readonly string[]): string {
  if (instead !== undefined) return instead;
  return here.length === 0 ? 'Remove it.' : `Remove it. Its own keys here: ${here.join(', ')}.`;
}
