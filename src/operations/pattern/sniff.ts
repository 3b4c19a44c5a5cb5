/** What kind of file these bytes begin; extensions are not trusted. */
export function sniff(bytes: Uint8Array): 'npy' | 'json' | 'csv' | 'window' | 'unknown' {
  if (bytes[0] === 0x93) return 'npy';
  const text = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (text.startsWith('{')) return 'json';
  if (/^(?:"")?,/.test(text)) return 'csv';
  // one number a line is a column of something else
  if (/^-?\d+[ \t]+-?\d/.test(text)) return 'window';
  return 'unknown';
}
