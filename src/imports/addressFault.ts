import { addressProblem, isHostName } from '../deployment/address.ts';

/** Why what a file has as the address of a host is not one, with its place; null: it is, or is the name of a host. */
export function addressFault(written: string, place: string, host: string): string | null {
  const problem = written === '' || isHostName(written) ? null : addressProblem(written);
  return problem === null ? null : `${place}: ansible_host of ${host}: ${problem.message} ${problem.hint}`;
}
