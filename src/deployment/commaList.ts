/** Entries of a list, or of a text with commas, in the order written: `"10.0.0.1, 10.0.0.2"` or `[10.0.0.1, 10.0.0.2]`. */
export function commaList(written: unknown): readonly string[] {
  if (Array.isArray(written)) return written.map((entry) => String(entry).trim());
  if (written === undefined || written === null) return [];
  const text = String(written).trim();
  return text === '' ? [] : text.split(',').map((entry) => entry.trim());
}
