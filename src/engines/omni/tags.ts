/** Tags of OmniInfer's artifacts, in the order in which they are brought: pip needs the synced code, and the wheels that push_config puts. */
export const OMNI_TAGS = ['sync_code', 'install_code', 'push_config', 'pip_install', 'ranktable'] as const;

export const BUILD_TAG = 'build_wheels';
