import type { DieHealth } from '../accelerator.ts';

/** Lines `index, temperature, uncorrected memory errors`; what a die does not have is in brackets. */
export function parseCudaHealth(answered: string): readonly DieHealth[] {
  return [...answered.matchAll(/^(\d+), (\d+|\[.*?\]), (\d+|\[.*?\])\s*$/gm)].map(([, die, temperature, errors]) => ({
    die: Number(die),
    problem: Number(errors) > 0 ? `${errors} uncorrected memory errors` : null,
    temperatureC: temperature?.startsWith('[') ? null : Number(temperature),
  }));
}
