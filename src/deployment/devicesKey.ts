/** The key of the deployment file that names the dies of a host, whatever the accelerator. */
export const DEVICES_KEY = 'ascend_rt_visible_devices';

/** The same for files of other accelerators. */
export const DEVICES_ALIAS = 'devices';

/** Either of the two may be written. */
export const DEVICES_KEYS = [DEVICES_KEY, DEVICES_ALIAS] as const;
