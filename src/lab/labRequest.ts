import { isRunning } from './host.ts';
import { LabError } from './labError.ts';
import { MAX_HOSTS } from './network.ts';
import type { LabState } from './state.ts';
import { type Imitates, imitatedBy } from './versions.ts';

export interface LabRequest {
  readonly name: string;
  readonly numHosts: number;
  readonly numDies: number;
  readonly withImage: boolean;
  readonly imitates: Imitates;
}

export function checkRequest({ numHosts, numDies }: LabRequest): void {
  if (!(numHosts >= 1 && numHosts <= MAX_HOSTS)) {
    const hint = 'start another lab under another --name for more';
    throw new LabError('lab_usage', `a lab has 1 to ${MAX_HOSTS} hosts, not ${numHosts}`, hint);
  }
  if (!(numDies >= 1 && numDies <= 16))
    throw new LabError('lab_usage', `a host has 1 to 16 dies, not ${numDies}`, null);
}

export function checkSame(found: LabState, request: LabRequest): void {
  const { engine, dialect } = imitatedBy(found);
  const isSameSize = found.hosts.length === request.numHosts && found.numDies === request.numDies;
  const isSameVersion = dialect === request.imitates.dialect;
  if (isSameSize && isSameVersion) return;
  const imitates = isSameVersion ? '' : `, imitating ${engine} ${dialect}`;
  const what = `${found.hosts.length} hosts of ${found.numDies} dies${imitates}`;
  const hint = `take it down first (\`omniplace lab down --name ${found.name}\`), or start another under another --name`;
  throw new LabError('lab_busy', `lab '${found.name}' is already up with ${what}`, hint);
}

export function checkPowered(found: LabState): void {
  const off = found.hosts.filter((host) => !isRunning(found, host));
  if (off.length === 0) return;
  const hint = off.map(({ number }) => `omniplace lab fault boot --host ${number} --name ${found.name}`).join('; ');
  const names = off.map(({ name }) => name).join(', ');
  throw new LabError('lab_not_ready', `lab '${found.name}' is up, but powered off are: ${names}`, hint);
}
