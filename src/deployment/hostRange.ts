/** Hosts of one range: more are a mistake. */
const MOST = 10_000;

/** Hosts of an entry of a list: `10.0.0.1-8`, `10.0.0.1-10.0.0.8`, or a range as Ansible has it. Null: a range that can't be read. */
export function hostEntries(entry: string): readonly string[] | null {
  const [, network, first, last] = /^(\d+\.\d+\.\d+\.)(\d+)-(?:\1)?(\d+)$/.exec(entry) ?? [];
  const hosts = hostsOfRange(network === undefined ? entry : `${network}[${Number(first)}:${Number(last)}]`);
  return hosts?.some(isOutside) ? null : hosts;
}

/** What is behind the last address is not an address; one with zeros before its number is read differently by each program. */
function isOutside(host: string): boolean {
  const last = /^(?:\d+\.){3}(\d+)$/.exec(host)?.[1];
  return last !== undefined && (Number(last) > 255 || (last.length > 1 && last.startsWith('0')));
}

/**
 * The hosts of a name as Ansible reads it: `p[0:3]` is p0 to p3, `p[01:10:3]` p01, p04 .. p10, `p[a:c]` pa to pc. A name without a
 * range is itself; null: a range that can't be read.
 */
export function hostsOfRange(name: string): readonly string[] | null {
  const [, before, start, end, step = '1', after] = /^(.*?)\[(\w*):(\w+)(?::(\d+))?\](.*)$/.exec(name) ?? [];
  if (before === undefined) return /[[\]]/.test(name) ? null : [name];
  const places = range(start === '' ? '0' : start!, end!, Number(step));
  const rest = hostsOfRange(after!);
  if (places === null || rest === null) return null;
  return places.flatMap((place) => rest.map((each) => `${before}${place}${each}`));
}

function range(start: string, end: string, step: number): readonly string[] | null {
  const isNumber = /^\d+$/.test(start) && /^\d+$/.test(end);
  const isLetter = /^[a-z]$/i.test(start) && /^[a-z]$/i.test(end);
  if (!isNumber && !isLetter) return null;
  const [first, last] = isNumber ? [Number(start), Number(end)] : [start.charCodeAt(0), end.charCodeAt(0)];
  if (step < 1 || first > last || last - first > MOST) return null;
  const width = start.startsWith('0') && start.length > 1 ? start.length : 0;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => {
    const place = first + i * step;
    return isNumber ? String(place).padStart(width, '0') : String.fromCharCode(place);
  });
}
