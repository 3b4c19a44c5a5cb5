import type { Flag } from './flag.ts';
import type { WrittenArgument } from './writtenArguments.ts';

/** What is wrong with the values of a flag, as the end of a sentence: `must be a whole number; it is `x``; null: nothing. */
export function valueProblem({ flag, key, values }: WrittenArgument): string | null {
  if (flag === null || key !== null) return null;
  if (flag.type === 'switch' || flag.type === 'flag')
    return values.length === 0 ? null : `has no value; it is \`${values[0]}\``;
  if (values.length === 0) return flag.optional ? null : 'needs a value';
  for (const value of values) {
    const problem = ofValue(value);
    if (problem !== null)
      return `must be ${problem}; it is \`${value.length > 60 ? `${value.slice(0, 57)}...` : value}\``;
  }
  return null;

  function ofValue(value: string): string | null {
    const { type, choices } = flag!;
    if (value === 'None') return null;
    if (choices !== undefined && !choices.map(String).includes(value)) return `one of ${choices.join(', ')}`;
    if (flag!.mayBeJson && /^\s*\{.*\}\s*$/s.test(value)) return isObject(value) ? null : 'a JSON object';
    if (type === 'json') return isObject(value) ? null : 'a JSON object';
    if (type === 'int') return /^-?\d+$/.test(value) ? outsideOf(flag!, Number(value)) : 'a whole number';
    if (type === 'float')
      return value.trim() !== '' && Number.isFinite(Number(value)) ? outsideOf(flag!, Number(value)) : 'a number';
    if (type !== 'human') return null;
    return /^(-?\d+|\d+(\.\d+)?[kKmMgGtT]|auto)$/.test(value) ? null : 'a whole number, or one such as 16k';
  }
}

/** The range that a number is not in, as `at least 1`; null: it is. */
export function outsideOf(flag: Flag, number: number): string | null {
  const { ge = Number.NEGATIVE_INFINITY, gt = Number.NEGATIVE_INFINITY } = flag;
  const { le = Number.POSITIVE_INFINITY, lt = Number.POSITIVE_INFINITY } = flag;
  if (number >= ge && number > gt && number <= le && number < lt) return null;
  const bounds = [
    Number.isFinite(ge) ? `at least ${ge}` : null,
    Number.isFinite(gt) ? `more than ${gt}` : null,
    Number.isFinite(le) ? `at most ${le}` : null,
    Number.isFinite(lt) ? `less than ${lt}` : null,
  ];
  return bounds.filter((bound) => bound !== null).join(' and ');
}

function isObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    // vLLM takes numbers with k, M or G behind them inside of JSON too
    return /^\s*\{.*\}\s*$/s.test(value) && /\d[kKmMgGtT]\b/.test(value);
  }
}
