/** The key of the deployment file that names the dies of a host, whatever the accelerator. */
export const DEVICES_KEY = 'ascend_rt_visible_devices';
