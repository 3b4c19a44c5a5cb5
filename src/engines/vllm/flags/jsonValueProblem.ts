import { isMap } from '../../../files/maps.ts';
import type { Flag } from './flag.ts';
import { outsideOf } from './valueProblem.ts';

const YES_OR_NO = /^(true|false|yes|no|on|off|t|f|y|n|0|1)$/i;

/** What a key of JSON must be, as the end of `must be ..`; null: nothing is wrong with its value. Text that spells a number counts as one. */
export function jsonValueProblem(flag: Flag, value: unknown): string | null {
  // what lists contain is not known well enough
  if (value === null || flag.many) return null;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (flag.choices !== undefined && !flag.choices.map(String).includes(text))
    return `one of ${flag.choices.join(', ')}`;
  switch (flag.type) {
    case 'int':
      return /^-?\d+$/.test(text) ? outsideOf(flag, Number(text)) : 'a whole number';
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? outsideOf(flag, Number(text)) : 'a number';
    case 'flag':
      return YES_OR_NO.test(text) ? null : 'true or false';
    case 'json':
      return isMap(value) ? null : 'a map';
    default:
      return null;
  }
}
