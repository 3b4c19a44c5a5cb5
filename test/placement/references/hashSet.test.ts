import { describe, expect, it } from 'vitest';
import { HashSet } from '../../../src/placement/references/hashSet.ts';

// what CPython 3.11 gave
const cases = [
  {
    numbers: [121, 66, 189, 242, 33, 6, 240, 132, 119],
    removed: [121, 66, 189],
    added: [98, 240, 243, 203],
    order: [33, 98, 132, 6, 203, 240, 242, 243, 119],
  },
  {
    numbers: [77, 118, 199, 7, 32, 81, 21, 154, 15, 137, 242, 198, 218, 202, 227, 68, 187, 49, 18, 69],
    removed: [77, 118, 199],
    added: [253, 111, 132, 223],
    order: [132, 7, 137, 15, 18, 21, 154, 32, 49, 187, 68, 69, 198, 202, 81, 218, 223, 227, 111, 242, 253],
  },
  {
    numbers: [154, 215, 197, 179, 208],
    removed: [154, 215, 197],
    added: [118, 172, 14, 143],
    order: [172, 14, 143, 208, 179, 118],
  },
];

describe('HashSet', () => {
  it.each(cases)('lists $numbers.length numbers as Python does', ({ numbers, removed, added, order }) => {
    const set = new HashSet(numbers);
    for (const number of removed) set.delete(number);
    for (const number of added) set.add(number);
    expect([...set]).toEqual(order);
    for (const number of order) expect(set.has(number)).toBe(true);
    for (const number of removed) expect(set.has(number)).toBe(order.includes(number));
  });
});
