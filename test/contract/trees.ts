import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { DIALECT_FILES } from '../../src/engines/omni/dialect/dialectFiles.ts';
import { dialectOf } from '../../src/engines/omni/dialect/dialectOf.ts';

/** A folder with OmniInfer's sources. */
export interface Tree {
  readonly name: string;
  readonly path: string;
  /** As omniplace reads it from an image. */
  readonly dialect: Dialect;
}

const PATHS = (process.env.OMNIPLACE_OMNIINFER ?? '').split(':').filter(Boolean);

/** Those given by --omniinfer. */
export function givenTrees(): readonly Tree[] {
  return PATHS.map((given) => {
    const path = resolve(given);
    const texts = Object.values(DIALECT_FILES)
      .filter((file) => statSync(join(path, file), { throwIfNoEntry: false })?.isFile())
      .map((file) => [file, readFileSync(join(path, file), 'utf8')]);
    const dialect = dialectOf(Object.fromEntries(texts));
    if (dialect === null) throw new Error(`${path} is not a source tree of OmniInfer: no ${DIALECT_FILES.pdRun}`);
    return { name: basename(path), path, dialect };
  });
}

/** Why nothing can be started here; null: it can. */
export function contractObstacle(): string | null {
  if (PATHS.length === 0) return 'needs sources of OmniInfer: npm run test:contract -- --omniinfer DIR';
  if (process.platform !== 'linux') return `needs Linux, not ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root, for a private view of the machine';
  return existsSync('/usr/bin/python3') ? null : 'needs /usr/bin/python3';
}
