import { boundPorts } from '../../engines/boundPorts.ts';
import type { HostFacts } from '../../facts/facts.ts';
import type { Finding } from '../../plan/findings/finding.ts';
import { findProblems } from '../../plan/findings/findProblems.ts';
import { planInput } from '../cluster/clusterView.ts';
import { dieTroubles } from '../cluster/dieTroubles.ts';
import type { Check, Diagnosis, HostDiagnosis } from './doctor.gen.ts';
import type { Examination } from './examination.ts';
import { STATEMENTS } from './statements.ts';
import { SUBJECT_OF, SUBJECTS } from './subjects.ts';

const RESET = 'stop what runs on it and reset it, or leave it out of the deployment; the log of the driver shows why';
const SEE_ALARM = 'the log of the driver shows the alarm; the device still works';
const COOL = 'look at the fans and the air of that host: a driver slows hot devices down';

/** The findings of preflight, without a plan, and what is right besides. @param shown addresses of hosts */
export function diagnose(examination: Omit<Examination, 'portsOf'>, shown: ReadonlySet<string>): Diagnosis {
  const { engine, deployment, topology, facts } = examination.view;
  const portsOf = boundPorts(engine, deployment, topology);
  const findings = findProblems(planInput(examination.view));
  const hosts = topology.hosts
    .filter(({ address }) => shown.has(address))
    .map(({ address, nodes }): HostDiagnosis => {
      const found = facts[address];
      const mine = findings.filter(({ host }) => host === address);
      return {
        address,
        hostname: found?.reachable ? found.hostname : null,
        nodes,
        checks: checksOf({ ...examination, portsOf }, mine, found),
      };
    });
  const checks = hosts.flatMap((host) => host.checks);
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  return {
    cluster: topology.cluster,
    hosts,
    faults: count('fault'),
    warnings: count('warning'),
    unknown: count('unknown'),
  };
}

function checksOf(
  examination: Examination,
  findings: readonly Finding[],
  found: HostFacts | undefined,
): readonly Check[] {
  if (!found?.reachable) return [unreached(found, findings[0])];
  return SUBJECTS.flatMap((subject): readonly Check[] => {
    const mine = findings
      .filter(({ code }) => SUBJECT_OF[code] === subject)
      .map((finding) => checkOf(finding, subject));
    const troubles =
      subject === 'health'
        ? dieTroubles(found.address, examination.dies[found.address] ?? [], examination.view).map(
            ({ text, isUnwell, isHot }): Check => ({
              subject,
              state: isUnwell ? 'fault' : 'warning',
              code: null,
              text,
              next: isUnwell ? RESET : isHot ? COOL : SEE_ALARM,
            }),
          )
        : [];
    const stated =
      found.docker.state === 'up' || !OF_DOCKER.has(subject) ? STATEMENTS[subject](examination, found) : null;
    const statement: readonly Check[] = stated === null ? [] : [{ subject, code: null, next: null, ...stated }];
    if (mine.length + troubles.length === 0) return statement;
    // one device that is not well hides no other that is not listed
    const others = subject === 'health' ? statement.filter(({ state }) => state === 'unknown') : [];
    return [...mine, ...troubles, ...others];
  });
}

/** Nothing is known of them while docker does not answer. */
const OF_DOCKER = new Set<Check['subject']>(['docker', 'image', 'containers']);

function unreached(found: HostFacts | undefined, finding: Finding | undefined): Check {
  const [reason, hint] =
    found?.reachable === false ? [found.reason, found.hint ?? null] : [finding?.message ?? 'not asked', null];
  return {
    subject: 'connection',
    state: 'fault',
    code: 'host-unreachable',
    text: hint === null ? reason : reason.replace(` (${hint})`, ''),
    next: hint ?? finding?.hint ?? `ssh -v ${found?.address ?? 'HOST'} shows each step of the login`,
  };
}

function checkOf({ code, severity, message, hint }: Finding, subject: Check['subject']): Check {
  return { subject, state: severity === 'error' ? 'fault' : 'warning', code, text: message, next: hint };
}
