// labels may contain blanks and braces; a time may follow the value
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{.*\})?[ \t]+(\S+)/;

/** Values of a Prometheus text by name, one for each set of labels; those that are not numbers are left out. Pure. */
export function metricSamples(text: string): ReadonlyMap<string, readonly number[]> {
  const samples = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const [, name = '', written = ''] = SAMPLE.exec(line) ?? [];
    const value = Number(written);
    if (name === '' || !Number.isFinite(value)) continue;
    const values = samples.get(name);
    if (values === undefined) samples.set(name, [value]);
    else values.push(value);
  }
  return samples;
}
