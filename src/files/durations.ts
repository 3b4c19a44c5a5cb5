const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `30s`, `45m`, `1.5h`, `2d`. Null: it is not a duration. */
export function parseDuration(written: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(written.trim()) ?? [];
  return amount === undefined ? null : Math.round(Number(amount) * UNIT_MS[unit]!);
}

/** `850 ms`, `12.3 s`, `4 min 05 s` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return minutes(Math.round(ms / 1_000));
}

/** `16 s`, `4 min 05 s` */
export function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
}

/** `16 s`, `4 min 05 s`, `2 h 05 min`, `3 d 04 h` */
export function age(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return minutes(seconds);
  const hours = Math.floor(seconds / 3_600);
  if (hours < 24) return `${hours} h ${twoDigits(Math.floor((seconds % 3_600) / 60))} min`;
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/** `2026-11-22 00:15:00 UTC` of an ISO time. */
export function utc(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
