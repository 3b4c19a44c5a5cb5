/** What the stamps of one log file leave out. */
export interface LogClock {
  /** Minutes the stamps are ahead of UTC. */
  readonly zoneMin: number;
  /** Year of the last line. */
  readonly year: number;
}

/**
 * Time of a log line in milliseconds since 1970, by the stamp near its beginning; null: it has none (a traceback's lines).
 * Known: vLLM's `11-21 22:50:01`, ISO `2026-11-21 22:50:01,123`, with slashes `2026/11/21 22:50:01`, and an access log's `21/Nov/2026:22:50:01 +0000`.
 */
export function timeOf(line: string, clock: LogClock): number | null {
  const head = line.slice(0, HEAD_CHARS);
  const full = FULL.exec(head);
  if (full) {
    const [, year, month, day, hour, minute, second, fraction = '', zone] = full;
    const ms = utc(Number(year), Number(month), Number(day), [hour, minute, second]);
    return ms + Math.floor(Number(`0.${fraction || 0}`) * 1000) - (zoneOf(zone) ?? clock.zoneMin) * MINUTE_MS;
  }
  const access = ACCESS.exec(head);
  if (access) {
    const [, day, name = '', year, hour, minute, second, zone] = access;
    return (
      utc(Number(year), MONTHS.indexOf(name) + 1, Number(day), [hour, minute, second]) - (zoneOf(zone) ?? 0) * MINUTE_MS
    );
  }
  const short = SHORT.exec(head);
  if (!short) return null;
  const [, month, day, hour, minute, second] = short;
  return utc(clock.year, Number(month), Number(day), [hour, minute, second]) - clock.zoneMin * MINUTE_MS;
}

/**
 * A container's clock shows another zone than its host's more often than not, and vLLM's stamps have no year. The last
 * stamp of a file was written when the file was: the rest of the difference, in quarters of an hour, is the zone.
 * @param writtenS when the file was last written, seconds since 1970
 * @param hostZone `+0800`, taken where the last stamp is too old to tell
 */
export function clockOf(lastLines: readonly string[], writtenS: number, hostZone: string): LogClock {
  const written = new Date(writtenS * 1000);
  const fallback: LogClock = { zoneMin: zoneOf(hostZone) ?? 0, year: written.getUTCFullYear() };
  for (let at = lastLines.length - 1; at >= 0; at--) {
    const candidates = [-1, 0, 1].flatMap((years) => {
      const year = written.getUTCFullYear() + years;
      const stampMs = timeOf(lastLines[at]!, { zoneMin: 0, year });
      return stampMs === null ? [] : [{ year, aheadMs: stampMs - writtenS * 1000 }];
    });
    const [nearest] = candidates.sort((a, b) => Math.abs(a.aheadMs) - Math.abs(b.aheadMs));
    if (nearest === undefined) continue;
    // never -0
    const zoneMin = Math.round(nearest.aheadMs / QUARTER_MS) * 15 + 0;
    const restMs = Math.abs(nearest.aheadMs - zoneMin * MINUTE_MS);
    return restMs <= SURE_MS && Math.abs(zoneMin) <= 14 * 60
      ? { zoneMin, year: nearest.year }
      : { ...fallback, year: nearest.year };
  }
  return fallback;
}

const HEAD_CHARS = 160;
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** How far the last stamp may be from the file's own time to tell the zone. */
const SURE_MS = 2 * MINUTE_MS;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FULL = /\b(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?/;
const ACCESS = /\b(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})/;
const SHORT = /(?<![\d-])(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\b/;

/** @param time hour, minute and second */
function utc(year: number, month: number, day: number, time: readonly (string | undefined)[]): number {
  const [hour, minute, second] = time.map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** `+0800`, `-05:30`, `Z` -> minutes ahead of UTC. */
function zoneOf(zone: string | undefined): number | null {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  if (sign === undefined) return null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
