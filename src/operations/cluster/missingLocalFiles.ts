import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../deployment/fault.ts';
import type { NamedPath } from '../../deployment/namedPaths.ts';
import type { Parsed } from '../../deployment/parse.ts';
import { allEngines, engineOf } from '../../engines/index.ts';
import type { LocalPathUse } from '../../engines/inputs.ts';
import { ASKED_FOR_TAGS, TAGS, type Tag } from '../../plan/tags.ts';
import { matchLocal } from './matchLocal.ts';

const ALL_TAGS = [...TAGS, ...ASKED_FOR_TAGS];

/** Kinds of paths that every engine uses in the same way. An image archive is needed only where a host turns out to lack the image. */
const COMMON: Readonly<Record<string, LocalPathUse>> = {
  'private key': { neededBy: ALL_TAGS },
  'secret file': { neededBy: ALL_TAGS },
  'model folder': { neededBy: ['push_model'] },
};

/**
 * Local paths that the file names and this machine does not have.
 * @param forTags those of the run that follows: what one of them needs is an error, anything else a warning
 */
export function missingLocalFiles(parsed: Parsed, file: string, forTags: ReadonlySet<Tag>): readonly Fault[] {
  const uses = usesOf(parsed);
  return parsed.localPaths.flatMap((named): Fault[] => {
    const use = uses[named.what];
    const faultOf = (severity: Fault['severity'], message: string, hint: string | null): Fault[] => [
      { code: 'missing_local_file', severity, message, hint, file, ...parsed.positions(named.at), path: named.at },
    ];
    if (isMissing(named, use)) {
      const severity = use?.neededBy.some((tag) => forTags.has(tag)) ? 'error' : 'warning';
      const message = `The ${named.what} \`${named.written}\` does not exist on this machine.`;
      return faultOf(
        severity,
        message,
        use?.contains === undefined ? null : `The folder must contain ${use.contains}/.`,
      );
    }
    const { shouldContain } = use ?? {};
    if (shouldContain === undefined || existsSync(join(named.path, shouldContain.path))) return [];
    return faultOf(
      'warning',
      `The ${named.what} \`${named.written}\` has no ${shouldContain.path}.`,
      shouldContain.hint,
    );
  });
}

/** Of a file with errors the engine may not be known: then each kind of path is used as the first engine that has it does. */
function usesOf({ sound }: Parsed): Readonly<Record<string, LocalPathUse>> {
  const engines = sound === null ? [...allEngines()].reverse() : [engineOf(sound.engine)];
  return Object.assign({}, ...engines.map(({ localPaths }) => localPaths), COMMON);
}

function isMissing({ path }: NamedPath, use: LocalPathUse | undefined): boolean {
  if (use?.isGlob) return matchLocal(path).length === 0;
  return !existsSync(use?.contains === undefined ? path : join(path, use.contains));
}
