import { crc32, deflateRawSync } from 'node:zlib';

const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1; // fixed: the same content gives the same bytes
const FILE_MODE = (0o100644 << 16) >>> 0;
const DEFLATED = 8;
const UNIX = 3 << 8;
const VERSION = 20; // of the format: 2.0

/** A zip archive of text files (path -> text), in the order given. */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const content = Buffer.from(text);
    const data = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, name, data);
    directory.push(entry(common, name, offset));
    offset += 4 + common.length + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, end(directory.length, central.length, offset)]);
}

function entry(common: Buffer, name: Buffer, offset: number): Buffer {
  const head = Buffer.alloc(6);
  head.write('PK\x01\x02', 'latin1');
  head.writeUInt16LE(UNIX | VERSION, 4);
  const tail = Buffer.alloc(14); // no comment, disk 0, no internal attributes
  tail.writeUInt32LE(FILE_MODE, 6);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, common, tail, name]);
}

function end(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
