/** An A3 machine; what the templates and omni_cli take where nothing is said. */
const ALL_DIES = Array.from({ length: 16 }, (_, die) => die).join(
  ',',
); /** What is no number stays as it is written: validation names it with its place. */
export function portOf(word: string): number | string {
  return /^\d+$/.test(word) ? Number(word) : word;
}

export function diesOf(written: unknown): string {
  if (Array.isArray(written)) return written.join(',');
  return written === null || written === undefined ? ALL_DIES : String(written).replaceAll(' ', '');
}
