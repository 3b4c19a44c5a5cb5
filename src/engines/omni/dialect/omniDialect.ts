import type { Deployment } from '../../../deployment/deployment.ts';
import type { DialectFacts } from '../../../facts/facts.ts';
import type { DialectReader } from '../../dialectReader.ts';
import { codeTree } from '../artifacts/inputs.ts';
import { CODE_FOLDER } from '../hostPaths.ts';
import { omniSettings } from '../settings.ts';
import { type Dialect, DialectShape } from './dialect.gen.ts';
import { DIALECT_FILES } from './dialectFiles.ts';
import { dialectOf } from './dialectOf.ts';
import { assumedDialect } from './knownDialects.ts';

/** null: servers that do both are started by vLLM's own program, with no script of OmniInfer. */
export function omniDialect(deployment: Deployment): DialectReader | null {
  if (deployment.mixed.length > 0) return null;
  const { name, commit } = assumedDialect(omniSettings(deployment).generation);
  return {
    folder: CODE_FOLDER,
    tree: codeTree(deployment),
    files: Object.values(DIALECT_FILES),
    parse: (texts) => dialectOf(texts) as DialectFacts['accepts'],
    describe: (accepts) => (isDialect(accepts) ? `OmniInfer ${accepts.version ?? 'of unknown version'}` : null),
    assumed: `OmniInfer ${name} (${commit.slice(0, 8)})`,
  };
}

export function isDialect(accepts: unknown): accepts is Dialect {
  return DialectShape.validate(accepts);
}
