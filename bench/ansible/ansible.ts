import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hosts } from './hosts.ts';
import { NUM_FILES, TEMPLATE, type Work } from './job.ts';

export interface AnsibleRun {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Where Debian's ansible-mitogen puts its strategies. */
export const MITOGEN_STRATEGIES = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';

/**
 * Ansible as fast as its settings make it: a fork per host, no facts, pipelining, one kept connection per host with a cheap
 * cipher and key exchange, the interpreter named. With `mitogen` its strategy takes the place of ssh and modules.
 */
export function ansibleRun(folder: string, hosts: Hosts, work: Work, big: string, mitogen: boolean): AnsibleRun {
  const own = join(folder, mitogen ? 'mitogen' : 'ansible');
  mkdirSync(own, { recursive: true });
  const write = (name: string, text: string): string => {
    writeFileSync(join(own, name), text);
    return join(own, name);
  };
  const inventory = write('inventory', inventoryOf(hosts));
  write('app.conf.j2', TEMPLATE);
  const config = write('ansible.cfg', configOf(inventory, hosts.all.length, mitogen));
  const playbook = write(`${work}.yml`, playbookOf(work, big));
  return {
    argv: ['ansible-playbook', playbook],
    env: { ANSIBLE_CONFIG: config, ANSIBLE_SSH_CONTROL_PATH_DIR: join(own, 'cp'), HOME: own, LANG: 'C.UTF-8' },
  };
}

function configOf(inventory: string, forks: number, mitogen: boolean): string {
  const strategy = mitogen ? `strategy_plugins=${MITOGEN_STRATEGIES}\nstrategy=mitogen_linear\n` : '';
  return `[defaults]
inventory=${inventory}
forks=${forks}
interpreter_python=/usr/bin/python3
gathering=explicit
nocows=1
${strategy}
[ssh_connection]
pipelining=True
ssh_args=-o ControlMaster=auto -o ControlPersist=600s -o PreferredAuthentications=publickey -o Ciphers=aes128-gcm@openssh.com -o KexAlgorithms=curve25519-sha256
`;
}

function inventoryOf({ all, key, knownHosts }: Hosts): string {
  return `[bench]
${all.map(({ name, address }) => `${name} ansible_host=${address}`).join('\n')}
[bench:vars]
ansible_user=root
ansible_ssh_private_key_file=${key}
ansible_ssh_common_args=-o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes
`;
}

function playbookOf(work: Work, big: string): string {
  return `- hosts: bench\n  gather_facts: false\n  tasks:\n${tasksOf(work, big)
    .map((task) => `    - ${task}\n`)
    .join('')}`;
}

function tasksOf(work: Work, big: string): string[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  switch (work) {
    case 'files':
      return [
        `{ template: { src: app.conf.j2, dest: "/root/app-{{ item }}.conf", mode: "0644" }, loop: "{{ range(1, ${NUM_FILES + 1}) | list }}" }`,
      ];
    case 'steps':
      return numbers(20).map((n) => `{ name: t${n}, shell: "echo ${n}; uname -n" }`);
    case 'noop':
      return numbers(10).map((n) => `{ name: t${n}, command: "true" }`);
    case 'big':
      return [`{ copy: { src: ${big}, dest: /root/f64, mode: "0644" } }`];
  }
}
