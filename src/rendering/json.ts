import type { Json } from '../deployment/deployment.ts';

/** The text of Python's `json.dumps(value, indent=4)`, byte for byte: tools of engines write their files so. */
export function pythonJson(value: Json): string {
  // json.dumps keeps to printable ASCII
  return JSON.stringify(value, null, 4).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
