import { expect, test } from 'vitest';
import { bytesPerSecond, transferWish } from '../../../src/operations/session/transferFlags.ts';

test.each([
  ['100M', 100 * 1024 * 1024],
  ['1.5g', 1.5 * 1024 ** 3],
  ['64k', 65536],
  ['5000', 5000],
  ['800mbit', 100e6],
  ['1Gbit', 125e6],
])('%s is %d bytes a second', (text, rate) => {
  expect(bytesPerSecond(text)).toBe(rate);
});

test.each(['fast', '', '-1M', '0', '100MB/s', '1 0'])('%j is no rate', (text) => {
  expect(() => bytesPerSecond(text)).toThrow(`--limit-rate ${text} is no rate.`);
});

test('without flags large files go as fast as they can, from here to every host', () => {
  expect(transferWish({ 'limit-rate': undefined, 'fan-out': false })).toEqual({ limitRate: null, fanOut: false });
});
