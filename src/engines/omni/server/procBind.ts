import template from '../../../../templates/bind_cpus.sh.eta';
import { fillTemplate } from '../../../rendering/template.ts';
import { quoteWord } from '../../../shell/quote.ts';
import type { ServerNode } from '../../../topology/topology.ts';
import { CODE_FOLDER } from '../hostPaths.ts';

/** By which processes write what they are, and leave CPUs to bind_cpu.sh; as OmniInfer's playbook sets them. */
export function procBindEnv(): Readonly<Record<string, string>> {
  return {
    CPU_AFFINITY_CONF: '2',
    PROFILING_NAMELIST: `${CODE_FOLDER}/omni/tools/profiler/proc_bind/proc_marker_namelist.yml`,
  };
}

/** Part of a start script: binds processes in the background, when the first API server of the host serves. */
export function bindCpus({ role }: Pick<ServerNode, 'role'>, logFolder: string): string {
  return fillTemplate(template, {
    log: quoteWord(`${logFolder}/server_0.log`),
    bindLog: quoteWord(`${logFolder}/bind_cpu.log`),
    role: role === 'prefill' ? 'P' : 'D',
  }).trimEnd();
}
