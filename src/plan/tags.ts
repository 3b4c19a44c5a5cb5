import type { Engine } from '../engines/engine.ts';
import { allEngines } from '../engines/index.ts';

// the phases of every engine's plan, in order; an engine's own artifacts are brought between the two
const BEFORE_ARTIFACTS = ['preflight', 'take_over', 'run_docker'] as const;
const AFTER_ARTIFACTS = ['stop_server', 'run_server', 'run_proxy', 'verify'] as const;

export type CoreTag = (typeof BEFORE_ARTIFACTS)[number] | (typeof AFTER_ARTIFACTS)[number] | 'push_model' | 'clean_up';

/** A core tag, or one of an engine's own. */
export type Tag = string;

export interface Tags {
  /** In the order their phases run. */
  readonly always: readonly Tag[];
  /** Run only when named by --only. */
  readonly askedFor: readonly Tag[];
}

export function tagsInOrder(engines: readonly Pick<Engine, 'tags' | 'build'>[]): Tags {
  const own = [...new Set(engines.flatMap(({ tags }) => tags))];
  const builds = [...new Set(engines.flatMap(({ build }) => build?.tag ?? []))];
  return {
    always: [...BEFORE_ARTIFACTS, ...own, ...AFTER_ARTIFACTS],
    askedFor: ['push_model', ...builds, 'clean_up'],
  };
}

/** Those of all engines: flags are read before it is known which engine a deployment has. */
export const { always: TAGS, askedFor: ASKED_FOR_TAGS } = tagsInOrder(allEngines());
