import type { Group, RoleSettings } from '../../../deployment/deployment.ts';

/** What counts for an instance as a whole: the settings of its first host, with its `host <ip>` block. */
export function instanceSettings({ hosts: [first], settings }: Group): RoleSettings {
  return first?.settings ?? settings;
}
