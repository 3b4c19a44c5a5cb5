/** Every tag, in the order its phase runs. */
export const TAGS = [
  'preflight',
  'take_over',
  'run_docker',
  'sync_code',
  'push_config',
  'pip_install',
  'ranktable',
  'stop_server',
  'run_server',
  'run_proxy',
  'verify',
] as const;

export type Tag = (typeof TAGS)[number] | AskedForTag;

/** Run only when named by --only. */
export const ASKED_FOR_TAGS = ['push_model', 'build_wheels', 'clean_up'] as const;
export type AskedForTag = (typeof ASKED_FOR_TAGS)[number];
