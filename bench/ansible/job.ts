export type Work = 'files' | 'steps' | 'big' | 'noop';

export interface Host {
  readonly name: string;
  readonly address: string;
}

/** What our controller is told to do. */
export interface Job {
  readonly work: Work;
  readonly hosts: readonly Host[];
  readonly key: string;
  readonly knownHosts: string;
  readonly stateFolder: string;
  readonly big: { readonly localPath: string; readonly sha256: string; readonly sizeBytes: number };
}

export const NUM_FILES = 20;

/** The file that `TEMPLATE` gives on `host`: the bench compares what all contestants wrote. */
export function renderedFile({ name, address }: Host, item: number): string {
  const options = Array.from({ length: 20 }, (_, k) => `opt${k}=${k * item}\n`);
  return `# ${item} on ${name}\nlisten=${address}:${8000 + item}\n${options.join('')}`;
}

/** The same for Ansible. */
export const TEMPLATE = `# {{ item }} on {{ inventory_hostname }}
listen={{ ansible_host }}:{{ 8000 + item }}
{% for k in range(20) %}
opt{{ k }}={{ k * item }}
{% endfor %}
`;
