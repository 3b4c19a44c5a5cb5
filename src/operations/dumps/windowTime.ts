/** A minute in words, any other time in seconds. */
export function windowTime(windowS: number): { readonly length: string; readonly rate: string } {
  return windowS === 60
    ? { length: 'a minute', rate: 'each minute' }
    : { length: `${windowS} s`, rate: `every ${windowS} s` };
}
