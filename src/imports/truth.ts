/** Ansible's words for true and false, in any case. */
const TRUE = new Set(['y', 'yes', 'on', '1', 'true', 't', '1.0']);
const FALSE = new Set(['n', 'no', 'off', '0', 'false', 'f', '0.0', '']);

/** A value as Ansible reads it as yes or no, be it a text or a number; null: neither. */
export function truthOf(value: unknown): boolean | null {
  if (value === undefined || value === null) return false;
  const word = String(value).trim().toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : null;
}

/** Whether Python takes a value of a YAML file for true: any text is but the empty one. */
export function pythonTruth(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
