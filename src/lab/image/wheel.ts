import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';

/** A wheel pip installs: its file name carries name, version and tag. */
export interface WheelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

// fixed, so that the same content gives the same bytes
const MADE = new Date(2026, 0, 1);
const UNIX = 3; // the system whose file modes `attrs` holds
const FILE_ATTRS = (0o100644 << 16) >>> 0;

/** Packs pure-Python files (path in the wheel -> text) with the metadata pip wants. */
export function wheel(name: string, version: string, files: Readonly<Record<string, string>>): WheelFile {
  const info = `${name}-${version}.dist-info`;
  const packed: Record<string, string> = {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nSummary: stand-in of the lab\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: omniplace-lab (1)\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/top_level.txt`]: `${name}\n`,
  };
  const record = Object.entries(packed).map(
    ([path, text]) => `${path},sha256=${digest(text)},${Buffer.byteLength(text)}\n`,
  );
  packed[`${info}/RECORD`] = `${record.join('')}${info}/RECORD,,\n`;
  const entries = Object.fromEntries(Object.entries(packed).map(([path, text]) => [path, strToU8(text)]));
  const bytes = zipSync(entries, { mtime: MADE, os: UNIX, attrs: FILE_ATTRS });
  return { name: `${name}-${version}-py3-none-any.whl`, bytes };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
