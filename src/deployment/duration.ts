const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `30s`, `45m`, `1.5h` (the schema has seen to the form) in milliseconds. */
export function durationMs(written: string): number {
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h)$/.exec(written) ?? [];
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}
