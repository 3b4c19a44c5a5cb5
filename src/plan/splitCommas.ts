/** Words of a flag that may be given several times and may hold commas: `["a,b", " c"]` -> a b c. */
export function splitCommas(list: readonly string[]): string[] {
  return list
    .flatMap((item) => item.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
