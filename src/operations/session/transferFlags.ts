import { Flags } from '@oclif/core';
import { UserError } from '../../errors/userError.ts';
import { parseSize } from '../../files/sizes.ts';
import type { TransferWish } from '../cluster/transfers.ts';
import type { FlagsOf } from './flagsOf.ts';

/** Flags of commands that bring large files to hosts. */
export const transferFlags = {
  'limit-rate': Flags.string({
    helpValue: 'RATE',
    description:
      'send no more than this a second, all hosts together: bytes with K, M or G (of 1024), or bits as 800mbit, 1gbit',
  }),
  'fan-out': Flags.boolean({
    description: 'send large files a few times only, and let the hosts pass them on to each other',
  }),
};

export function transferWish(flags: FlagsOf<typeof transferFlags>): TransferWish {
  const rate = flags['limit-rate'];
  return { limitRate: rate === undefined ? null : bytesPerSecond(rate), fanOut: flags['fan-out'] };
}

// links are sold in thousands
const BITS: Readonly<Record<string, number>> = { '': 1 / 8, K: 1e3 / 8, M: 1e6 / 8, G: 1e9 / 8 };

/** `100M`, `1.5g`, `800mbit` */
export function bytesPerSecond(text: string): number {
  const [, bits, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)bit$/i.exec(text.trim()) ?? [];
  const rate = bits === undefined ? (parseSize(text) ?? 0) : Number(bits) * BITS[unit.toUpperCase()]!;
  if (rate >= 1) return rate;
  throw new UserError('bad_rate', `--limit-rate ${text} is no rate.`, {
    hint: 'Write bytes a second as 100M (K, M and G are of 1024), or bits as 800mbit.',
  });
}
