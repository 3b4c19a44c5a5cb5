/** What stands before `_prefill`, `_decode` and `_proxy` in the three names; null: they are not of one form. */
export function containerPrefix(names: Readonly<Record<'prefill' | 'decode' | 'proxy', unknown>>): string | null {
  const prefixes = Object.entries(names).map(([role, name]) =>
    typeof name === 'string' && name.endsWith(`_${role}`) ? name.slice(0, -role.length - 1) : null,
  );
  const [first = null] = prefixes;
  return first !== null && first !== '' && prefixes.every((prefix) => prefix === first) ? first : null;
}
