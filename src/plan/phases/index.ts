import type { BuildFromSource } from '../../engines/buildFromSource.ts';
import type { CoreTag, Tag } from '../tags.ts';
import { artifactPhase } from './artifacts.ts';
import { buildPhase } from './buildFromSource.ts';
import { cleanUp } from './cleanUp.ts';
import type { Phase } from './context.ts';
import { preflight } from './preflight.ts';
import { pushModel } from './pushModel.ts';
import { runDocker } from './runDocker.ts';
import { runProxy } from './runProxy.ts';
import { runServer } from './runServer.ts';
import { stopServer } from './stopServer.ts';
import { takeOver } from './takeOver.ts';
import { verify } from './verify.ts';

/** What each core tag does. A new phase: its file, a line here and its word in `tags.ts`. */
export const PHASES: Readonly<Record<CoreTag, Phase>> = {
  preflight,
  take_over: takeOver,
  run_docker: runDocker,
  stop_server: stopServer,
  run_server: runServer,
  run_proxy: runProxy,
  verify,
  push_model: pushModel,
  clean_up: cleanUp,
};

/** What a tag does that may be one of the engine's own. */
export function phaseOf(tag: Tag, build: BuildFromSource | undefined): Phase {
  if (Object.hasOwn(PHASES, tag)) return PHASES[tag as CoreTag];
  return build?.tag === tag ? buildPhase(build) : artifactPhase(tag);
}
