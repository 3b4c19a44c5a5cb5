export const KIB = 1024; // bytes
export const MIB = 1024 * KIB; // bytes
export const GIB = 1024 * MIB; // bytes

/** `12.3`: mebibytes without their unit. */
export function mib(bytes: number, digits = 1): string {
  return (bytes / MIB).toFixed(digits);
}

export function gib(bytes: number): string {
  return (bytes / GIB).toFixed(0);
}

/** `712 B`, `4.2 KiB`, `31.0 MiB` */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Bytes of `500g`, `1.5M`, `64kb` (of 1024), as docker and --limit-rate take them. Null: it is not a size. */
export function parseSize(written: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(written.trim()) ?? [];
  return amount === undefined ? null : Number(amount) * UNIT_BYTES[unit.toLowerCase()]!;
}

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: KIB, m: MIB, g: GIB };
