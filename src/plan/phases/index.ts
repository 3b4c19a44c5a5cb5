import type { Tag } from '../tags.ts';
import { buildWheels } from './buildWheels.ts';
import { cleanUp } from './cleanUp.ts';
import type { Phase } from './context.ts';
import { pipInstall } from './pipInstall.ts';
import { preflight } from './preflight.ts';
import { pushModel } from './pushModel.ts';
import { pushConfig, rankTable } from './putFiles.ts';
import { runDocker } from './runDocker.ts';
import { runProxy } from './runProxy.ts';
import { runServer } from './runServer.ts';
import { stopServer } from './stopServer.ts';
import { syncCode } from './syncCode.ts';
import { takeOver } from './takeOver.ts';
import { verify } from './verify.ts';

/** What each tag does. A new phase: its file, a line here and its word in `tags.ts`. */
export const PHASES: Readonly<Record<Tag, Phase>> = {
  preflight,
  take_over: takeOver,
  run_docker: runDocker,
  sync_code: syncCode,
  push_config: pushConfig,
  pip_install: pipInstall,
  ranktable: rankTable,
  stop_server: stopServer,
  run_server: runServer,
  run_proxy: runProxy,
  verify,
  push_model: pushModel,
  build_wheels: buildWheels,
  clean_up: cleanUp,
};
