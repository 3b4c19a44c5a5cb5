/** Signatures and sizes of the zip format (APPNOTE 4.3), in bytes. */
const END = Buffer.from('PK\x05\x06', 'latin1');
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const END_BYTES = 22;

/** Names of a zip archive's entries, by its directory at the end; null: it has none, so it is cut off. */
export function zipEntries(content: Buffer): readonly string[] | null {
  const end = content.lastIndexOf(END);
  if (end < 0 || content.length < end + END_BYTES) return null;
  const names: string[] = [];
  let at = content.readUInt32LE(end + 16);
  // archives beyond 4 GiB have the place elsewhere
  if (at === 0xffffffff) at = content.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  while (at >= 0 && at + ENTRY_BYTES <= end && content.readUInt32LE(at) === ENTRY) {
    const nameBytes = content.readUInt16LE(at + 28);
    names.push(content.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    at += ENTRY_BYTES + nameBytes + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
  return names;
}
