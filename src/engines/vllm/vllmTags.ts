/** The phase that brings start scripts and configuration. */
export const CONFIG_TAG = 'push_config';
