import { describe, expect, it } from 'vitest';
import { hostsOfRange } from '../../src/deployment/hostRange.ts';
import { importFiles } from '../../src/imports/index.ts';
import { ansibleInventory, OMNI_CLI, PLAYBOOK, serverProfiles } from './samples.ts';
import { imported, started } from './started.ts';

const ONE_TO_FOUR = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
const SIXTEEN = '0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15';
const TWO_P = ansibleInventory({
  prefill: [
    { ip: '10.0.0.1', kvRank: 0 },
    { ip: '10.0.0.2', kvRank: 1 },
  ],
  decode: ['10.0.0.3', '10.0.0.4'],
  proxy: '10.0.0.1',
});
const inventory = (text: string) => ({ file: 'inventory.yml', text });

/** `ip:port` for each port from `first` on. */
function servers(ip: string, first: number): string {
  return Array.from({ length: 16 }, (_, i) => `${ip}:${first + i}`).join(',');
}

/** Fails on one without a line. */
const withoutLines = (left: readonly string[]) => left.map((each) => each.replace(/^inventory\.yml:\d+: /, ''));

describe('an Ansible inventory', () => {
  it('becomes a commented deployment file', () => {
    expect(imported(inventory(TWO_P)).text).toMatchInlineSnapshot(`
      "# Imported by omniplace from inventory.yml (an Ansible inventory).
      # Look at it with \`omniplace validate\`, \`explain\` and \`render\`; nothing is touched before \`omniplace serve\`.
      #
      # The original checked no host keys. Here an unknown host is trusted at first sight, and a changed key is refused.
      # The inventory alone does not say image, model and paths: they are the templates' own. Give the playbook with --env to take them from it.
      #
      # What has no place here:
      #   inventory.yml:12: all.vars.etcd_port: 6000 - only the LMCache connector starts etcd, and omniplace does not run it

      deployment:
        # what all hosts have in common
        defaults:
          user: root
          private_key: /path/to/key.pem
          ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
        prefill:
          # p0
          group1:
            hosts: "10.0.0.1"
            master_port: 8000
            base_api_port: 9000
          # p1
          group2:
            hosts: "10.0.0.2"
            master_port: 8001
            base_api_port: 9001
        decode:
          # d0, d1
          group1:
            hosts: "10.0.0.3,10.0.0.4"
            master_port: 8100
            base_api_port: 9100
            host 10.0.0.4:
              base_api_port: 9101
        proxy:
          host: 10.0.0.1
          listen_port: 7000
      services:
        # placement by the extra-config file, as in the original; v0.6 takes it from --additional-config
        generation: v0.3
        # not in the original: the image to run
        docker_image: REPOSITORY:TAG
        # not in the original: the template's own; put yours
        model_path: /data/models/DeepSeek-R1-w8a8-fusion
        ssh:
          host_keys: accept-new
      "
    `);
  });

  it('of 4P1D starts what the playbook would start', () => {
    const { deployment } = imported(
      inventory(
        ansibleInventory({
          prefill: ONE_TO_FOUR.map((ip, kvRank) => ({ ip, kvRank })),
          decode: ['10.0.0.5', '10.0.0.6', '10.0.0.7', '10.0.0.8'],
          proxy: '10.0.0.1',
        }),
      ),
      { file: 'server.yml', text: PLAYBOOK },
    );
    for (const [i, ip] of ONE_TO_FOUR.entries()) {
      const { args, env, container } = started(deployment, `p${i}`);
      expect(container).toBe(`you_name_omni_infer_prefill_p${i}`);
      expect(args).toMatchObject({
        '--prefill-pod-num': '4',
        '--model-path': '/data/models/DeepSeek-R1-w8a8-fusion',
        '--master-ip': ip,
        '--master-port': `${8000 + i}`,
        '--base-api-port': `${9000 + i}`,
        '--role': 'prefill',
        '--kv-role': 'kv_producer',
        '--max-model-len': '30000',
        '--tp': '16',
        '--ascend-rt-visible-devices': SIXTEEN,
        '--kv-rank': `${i}`,
        '--kv-engine-id': `${i}`,
        '--kv-parallel-size': '1',
        '--gpu-util': '0.92',
        '--log-dir': `/data/log_path/p${i}`,
      });
      expect(env).toMatchObject({ SERVER_IP_LIST: '10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8', PREFILL_POD_NUM: '4' });
    }
    for (const i of [0, 1, 2, 3]) {
      const { args, env, container } = started(deployment, `d${i}`);
      expect(container).toBe(`you_name_omni_infer_decode_d${i}`);
      expect(args).toMatchObject({
        '--num-servers': '16',
        '--num-dp': '64',
        '--server-offset': `${16 * i}`,
        '--master-ip': '10.0.0.5',
        '--master-port': '8100',
        '--base-api-port': `${9100 + i}`,
        '--kv-role': 'kv_consumer',
        '--max-model-len': '44000',
        '--tp': '1',
        '--kv-rank': '4',
        '--kv-parallel-size': '1',
      });
      expect(env).toMatchObject({ DECODE_POD_NUM: '1', DECODE_DATA_PARALLEL_SIZE: '64' });
    }
    const proxy = started(deployment, 'c0');
    expect(proxy.container).toBe('you_name_omni_infer_proxy_c0');
    expect(proxy.args).toMatchObject({
      '--listen-port': '7000',
      '--prefill-servers-list': '10.0.0.1:9000,10.0.0.2:9001,10.0.0.3:9002,10.0.0.4:9003',
      '--decode-servers-list': [5, 6, 7, 8].map((last, i) => servers(`10.0.0.${last}`, 9100 + i)).join(','),
      '--core-num': '4',
      '--start-core-index': '16',
      '--prefill-lb-sdk': 'pd_score_balance',
      '--decode-lb-sdk': 'least_conn',
    });
  });

  it('of one machine with two prefill instances stays two instances', () => {
    const { deployment } = imported(
      inventory(
        ansibleInventory({
          prefill: [
            { ip: '10.0.0.1', kvRank: 0, dies: '0,1,2,3,4,5,6,7' },
            { ip: '10.0.0.1', kvRank: 1, dies: '8,9,10,11,12,13,14,15', apiPort: 9002 },
          ],
          decode: ['10.0.0.2'],
          proxy: '10.0.0.1',
        }),
      ),
    );
    expect(deployment.prefill.map((group) => group.hosts.map((host) => host.address))).toEqual([
      ['10.0.0.1'],
      ['10.0.0.1'],
    ]);
    expect(started(deployment, 'p1').args).toMatchObject({
      '--kv-rank': '1',
      '--tp': '8',
      '--ascend-rt-visible-devices': '8,9,10,11,12,13,14,15',
      '--base-api-port': '9002',
      '--prefill-pod-num': '2',
    });
    expect(started(deployment, 'c0').args['--prefill-servers-list']).toBe('10.0.0.1:9000,10.0.0.1:9002');
  });

  it('of a prefill instance over two hosts is one group, master first, instances in the order of their kv_rank', () => {
    const { deployment, text } = imported(
      inventory(
        ansibleInventory({
          prefill: [
            { ip: '10.0.0.3', kvRank: 1 },
            { ip: '10.0.0.2', kvRank: 0, nodeRank: 1, master: '10.0.0.1' },
            { ip: '10.0.0.1', kvRank: 0 },
          ],
          decode: ['10.0.0.4'],
          proxy: '10.0.0.1',
        }),
      ),
    );
    expect(deployment.prefill.map((group) => group.hosts.map((host) => host.address))).toEqual([
      ['10.0.0.1', '10.0.0.2'],
      ['10.0.0.3'],
    ]);
    expect(text).toContain('    # p2, p1\n    group1:\n      hosts: "10.0.0.1,10.0.0.2"\n');
    expect(started(deployment, 'p0').args).toMatchObject({ '--tp': '32', '--kv-rank': '0', '--master-ip': '10.0.0.1' });
    expect(started(deployment, 'p1').env).toMatchObject({
      NODE_RANK: '1',
      HOST_IP: '10.0.0.1',
      NODE_IP_LIST: '10.0.0.1,10.0.0.2',
    });
  });

  it('with a playbook takes its environment and its hand-edited start commands, and lists the rest', () => {
    const { text, left } = imported(inventory(TWO_P), { file: 'server.yml', text: PLAYBOOK });
    expect(text.slice(text.indexOf('services:'))).toMatchInlineSnapshot(`
      "services:
        docker_image: registry.example/omniinfer:0.6
        model_path: /data/models/DeepSeek-R1-w8a8-fusion
        code_path: /data/local_code_path
        log_path: /data/log_path
        container:
          name_prefix: you_name_omni_infer
        ssh:
          host_keys: accept-new
        prefill:
          max_model_len: 30000
        decode:
          max_model_len: 44000
          gpu_util: 0.94
          additional_config:
            graph_model_compile_config:
              level: 1
              use_ge_graph_cached: true
          max_num_seqs: 60
          extra_args:
            - --swap-space
            - "64"
          placement:
            enabled: false
          env:
            HCCL_BUFFSIZE: "1200"
      "
    `);
    expect(left).toEqual([
      'inventory.yml:12: all.vars.etcd_port: 6000',
      'server.yml:6: [0].vars.ranktable_save_path: "/tmp/ranktable_save_path"',
      'server.yml:12: [0].environment.LOG_PATH_IN_EXECUTOR: "/data/log_path_in_executor"',
      'server.yml:19: [0].environment.SCRIPTS_PATH: "/tmp/scripts_path"',
      'server.yml:23: [0].environment.PROBE: "1"',
      'server.yml:36: pd_run.sh of decode --surprise: 3',
    ]);
  });

  it('keeps passwords out of the file, one variable for each', () => {
    const text = TWO_P.replace('ansible_ssh_private_key_file: /path/to/key.pem', 'ansible_password: canary-1').replace(
      'ansible_host: "10.0.0.4"',
      'ansible_host: "10.0.0.4"\n          ansible_ssh_pass: canary-2',
    );
    const result = imported(inventory(text));
    expect(JSON.stringify(result.cluster) + result.text).not.toContain('canary');
    expect(result.deployment.prefill[0]!.hosts[0]!.login.password).toEqual({
      from: 'env',
      variable: 'OMNIPLACE_PASSWORD',
    });
    expect(result.deployment.decode[0]!.hosts[1]!.login.password).toEqual({
      from: 'env',
      variable: 'OMNIPLACE_PASSWORD_2',
    });
    expect(result.text).toContain(
      '# Passwords were not copied: put them into OMNIPLACE_PASSWORD, OMNIPLACE_PASSWORD_2, or use keys (omniplace keys setup).\n',
    );
  });

  it("understands ssh's arguments, ports and sudo", () => {
    const { deployment, left } = imported(
      inventory(
        TWO_P.replace(
          /ansible_ssh_common_args: .*/,
          `ansible_ssh_common_args: '-o ProxyJump=me@10.9.9.9 -o Compression=yes'`,
        ).replace('ansible_user: root', 'ansible_user: operator\n    ansible_port: 2222\n    ansible_become: yes'),
      ),
    );
    expect(deployment.ssh).toMatchObject({ hostKeys: 'strict', become: 'sudo' });
    expect(deployment.decode[0]!.hosts[0]!.login).toMatchObject({ user: 'operator', port: 2222, jump: 'me@10.9.9.9' });
    expect(withoutLines(left)).toContain('ansible_ssh_common_args: "-o Compression=yes"');
  });

  it('names everything that it can not make out at once', () => {
    const text = TWO_P.replace('{{ global_port_base + port_offset.P + kv_rank }}', '{{ base | shuffle }}').replace(
      'api_port: "{{ base_api_port + port_offset.D + node_rank }}"',
      'nothing: 1',
    );
    expect(() => importFiles([inventory(text)])).toThrow(
      [
        'inventory.yml:20: node_port of p0: the filter shuffle is not understood: {{ base | shuffle }}',
        'inventory.yml:16: p0 has no node_port',
        'inventory.yml:36: d0 has no api_port',
      ].join('\n'),
    );
  });
});

describe('an inventory with unusual words', () => {
  const withArguments = (text: string) =>
    imported(inventory(TWO_P.replace(/ansible_ssh_common_args: .*/, () => `ansible_ssh_common_args: ${text}`)));
  const loginWith = (text: string) => withArguments(text).deployment.decode[0]!.hosts[0]!.login;

  it.each([
    [`'-o ProxyJump="ops@h:2222"'`, 'ops@h:2222'],
    [`'-o "ProxyJump=ops@h:2222" -o IdentitiesOnly=yes'`, 'ops@h:2222'],
    [`"-o 'ProxyJump ops@h'"`, 'ops@h'],
    [`'-oProxyJump=ops@h'`, 'ops@h'],
    [`'-J ops@h:2222'`, 'ops@h:2222'],
    [`'-J ssh://ops@h:2222'`, 'ops@h:2222'],
    [`'-o ProxyCommand="/usr/bin/ssh -o Port=2222 -o User=ops -qW %h:%p h"'`, 'ops@h:2222'],
    [`'-o ProxyCommand="ssh -W %h:%p -q -p 2222 ops@h"'`, 'ops@h:2222'],
    [`'-o ProxyCommand="ssh -F /dev/null ops@h nc -w 5 %h %p"'`, 'ops@h'],
    [`'-F /dev/null -o ProxyCommand="ssh -q ops@h nc %h %p"'`, 'ops@h'],
    [`'-o ProxyCommand="ssh -o StrictHostKeyChecking=no -W %h:%p -l ops h"'`, 'ops@h'],
  ])('reads %s as a jump', (text, jump) => {
    expect(loginWith(text)).toMatchObject({ jump });
    expect(withArguments(text).left.filter((line) => line.includes('ssh_common'))).toEqual([]);
  });

  const FORM = 'a jump here is one USER@HOST[:PORT]';
  it.each([
    ['ProxyCommand="nc -X connect %h %p"', `${FORM}, over ssh: no other program is run for it`],
    [
      'ProxyCommand="ssh -i other.pem -W %h:%p ops@h"',
      'the jump has its own key, and here a jump takes the login of its host',
    ],
    ['ProxyCommand="ssh -W %h:%p bastion"', `${FORM}: add the user`],
    ['ProxyCommand="ssh ops@h sleep 9"', `${FORM}: this command does not only pass on to %h %p`],
    ['ProxyCommand="ssh -o Ciphers=x -W %h:%p ops@h"', `${FORM}: Ciphers of the jump has no place`],
    ['ProxyJump=a@10.9.9.8,b@10.9.9.9', `${FORM}, and these are 2 jumps`],
    ['ProxyJump=h', `${FORM}: add the user`],
    ['Compression=yes', 'omniplace has no such SSH setting'],
  ])('lists -o %s, which is not a jump here, with the reason', (option, because) => {
    for (const variable of ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
      const text = TWO_P.replace(/ansible_ssh_common_args: .*/, () => `${variable}: '-o ${option}'`);
      const { cluster, deployment } = imported(inventory(text));
      expect(deployment.decode[0]!.hosts[0]!.login.jump).toBeNull();
      expect(cluster.leftovers).toContainEqual({
        file: 'inventory.yml',
        line: expect.any(Number),
        path: variable,
        value: JSON.stringify(`-o ${option.replaceAll('"', '')}`),
        because,
      });
    }
  });

  it.each([
    ['[-o, ProxyJump=ops@h]', '["-o","ProxyJump=ops@h"]', 'ssh takes one text: join its entries'],
    [`'-o ProxyJump="ops@h'`, '"-o ProxyJump=\\"ops@h"', 'a quote of it is not closed'],
    ['-F other.conf', '"-F other.conf"', 'omniplace has no such SSH setting'],
  ])('lists arguments of ssh as a whole: %s', (text, value, because) => {
    const { cluster, deployment } = withArguments(text);
    expect(deployment.decode[0]!.hosts[0]!.login.jump).toBeNull();
    const left = cluster.leftovers.filter(({ path }) => path === 'ansible_ssh_common_args');
    expect(left).toMatchObject([{ value, because }]);
  });

  it.each([
    ['"{{ use_sudo | bool }}"', 'sudo', []],
    ['"{{ other | default(true) }}"', 'sudo', []],
    [`"{{ other | default('yes', true) | bool }}"`, 'sudo', []],
    [`"{{ '' | default('on', true) }}"`, 'sudo', []],
    ["'{{ true }}'", 'sudo', []],
    ["'{{ False }}'", null, []],
    ["'{{ other | default(omit) }}'", null, []],
    ["'{{ other }}'", null, ['inventory.yml:5: ansible_become: "{{ other }}"']],
    ["'{{ not other }}'", null, ['inventory.yml:5: ansible_become: "{{ not other }}"']],
  ])('evaluates ansible_become: %s, or lists it', (value, become, lines) => {
    const text = TWO_P.replace(
      'ansible_user: root',
      `ansible_user: me\n    use_sudo: 'yes'\n    ansible_become: ${value}`,
    );
    const { deployment, left } = imported(inventory(text));
    expect(deployment.ssh.become).toBe(become);
    expect(left.filter((line) => line.includes('ansible_become'))).toEqual(lines);
  });

  it.each([
    ['user: omni', 'omniplace becomes root, and no other user'],
    ['method: su', 'omniplace becomes root by sudo, and by no other program'],
    ['pass: x', 'omniplace becomes root by sudo without a password'],
  ])('lists ansible_become_%s with its meaning', (line, because) => {
    const { cluster } = imported(
      inventory(TWO_P.replace('ansible_user: root', `ansible_user: me\n    ansible_become_${line}`)),
    );
    expect(cluster.leftovers.find(({ path }) => path.includes('ansible_become_'))).toMatchObject({ because });
  });

  it.each([
    ['10.0.0.[1-2]', '`10.0.0.[1-2]` is not an IPv4 address. Write the range as 10.0.0.[1:2] or 10.0.0.1-2.'],
    ['10.0.0.[1:2', '`10.0.0.[1:2` is not an IPv4 address. Write the range as 10.0.0.[1:2] or 10.0.0.1-2.'],
    [
      '[fe80::1]:22',
      '`[fe80::1]:22` is an IPv6 address, and server lists and rank tables take IPv4 ones. Write the IPv4 address by which the hosts reach each other: ip -4 addr shows it on the host.',
    ],
    ['p[0-1]', 'p[0-1] is not a range of hosts such as p[0:3]'],
  ])('refuses the key %s with its right form', (key, fault) => {
    const text = TWO_P.replace(/^( +)p0:/m, `$1'${key}':`);
    expect(text).not.toBe(TWO_P);
    expect(() => importFiles([inventory(text)])).toThrow(fault);
  });

  it('names the command that converts an inventory in INI', () => {
    const text = '[P]\np0 ansible_host=10.0.0.1\n\n[P:vars]\nansible_user=root\n';
    expect(() => importFiles([{ file: 'hosts.ini', text }])).toThrow(
      'hosts.ini: an inventory in INI; make one in YAML, and import that: ansible-inventory -i hosts.ini --list --yaml > inventory.yml',
    );
  });

  it.each([
    ["'yes'", 'sudo'],
    ["'True'", 'sudo'],
    ['1', 'sudo'],
    ['"1"', 'sudo'],
    ['"on"', 'sudo'],
    ['Y', 'sudo'],
    ['T', 'sudo'],
    ['1.0', 'sudo'],
    ["'no'", null],
    ['off', null],
    ['"0"', null],
    ['f', null],
  ])('reads ansible_become: %s as Ansible does', (value, become) => {
    const text = TWO_P.replace('ansible_user: root', `ansible_user: operator\n    ansible_become: ${value}`);
    expect(imported(inventory(text)).deployment.ssh.become).toBe(become);
  });

  it('lists a word that is neither true nor false', () => {
    const text = TWO_P.replace('ansible_user: root', 'ansible_user: operator\n    ansible_become: sometimes');
    const { deployment, left } = imported(inventory(text));
    expect(deployment.ssh.become).toBeNull();
    expect(withoutLines(left)).toContain('ansible_become: "sometimes"');
  });

  it.each(['-J a', '-o ProxyJump=ops@a,ops@b', '-o ProxyCommand=ssh -W %h:%p a'])(
    'lists %s, which lacks a user or has two hosts',
    (option) => {
      const [flag, value] = option.split(/ (.*)/s);
      const { left, deployment } = withArguments(`'${flag} "${value}"'`);
      expect(deployment.decode[0]!.hosts[0]!.login.jump).toBeNull();
      expect(withoutLines(left)).toContain(`ansible_ssh_common_args: ${JSON.stringify(option)}`);
    },
  );

  it.each([
    ['ansible_host_key_checking: "False"', 'accept-new'],
    ['ansible_ssh_host_key_checking: no', 'accept-new'],
    ['ansible_host_key_checking: "yes"', 'strict'],
  ])('reads %s as Ansible does', (line, hostKeys) => {
    const text = TWO_P.replace('-o StrictHostKeyChecking=no ', '').replace(
      'ansible_user: root',
      `ansible_user: operator\n    ${line}`,
    );
    expect(imported(inventory(text)).deployment.ssh.hostKeys).toBe(hostKeys);
  });

  it('asks the agent where the original names no key, and says so', () => {
    const { deployment, text } = imported(inventory(TWO_P.replace(/^ *ansible_ssh_private_key_file: .*\n/m, '')));
    expect(deployment.decode[0]!.hosts[0]!.login).toMatchObject({ agent: true, privateKey: null });
    expect(text).toContain('# The original names no key for p0, p1');
  });

  it('expands ranges of hosts', () => {
    expect(hostsOfRange('d[0:3]')).toEqual(['d0', 'd1', 'd2', 'd3']);
    expect(hostsOfRange('d[01:07:3].rack[a:b]')).toEqual([
      'd01.racka',
      'd01.rackb',
      'd04.racka',
      'd04.rackb',
      'd07.racka',
      'd07.rackb',
    ]);
    expect(hostsOfRange('d0')).toEqual(['d0']);
    for (const bad of ['d[3:0]', 'd[0:x]', 'd[0]', 'd[0:100000]', 'd[0:3']) expect(hostsOfRange(bad)).toBeNull();
    const names = TWO_P.replace('        d0:', '        10.0.0.[3:4]:').replace(
      /^ {10}ansible_host: "10\.0\.0\.3"\n/m,
      '',
    );
    const withoutLast = names.replace(/^ {8}d1:\n(?: {10}.*\n)*/m, '');
    const { deployment } = imported(inventory(withoutLast));
    expect(deployment.decode[0]!.hosts.map(({ address }) => address)).toEqual(['10.0.0.3', '10.0.0.4']);
    expect(() => importFiles([inventory(TWO_P.replace('        d0:', '        d[3:0]:'))])).toThrow(
      'inventory.yml:36: d[3:0] is not a range of hosts such as p[0:3]',
    );
  });

  it('refuses an address that is not one, with its place', () => {
    const text = TWO_P.replace('ansible_host: "10.0.0.1"', 'ansible_host: root@10.0.0.1');
    expect(() => importFiles([inventory(text)])).toThrow(
      'inventory.yml:17: ansible_host of p0: `root@10.0.0.1` is not an IPv4 address. Write only 10.0.0.1, and `user: root`.',
    );
  });
});

describe("omni_cli's deployment file", () => {
  it('starts what omni_cli would start, overrides of one host included', () => {
    const { deployment, left } = imported({ file: 'omni.yml', text: OMNI_CLI });
    expect(started(deployment, 'p3').args).toMatchObject({
      '--master-ip': '10.0.0.4',
      '--master-port': '8080',
      '--base-api-port': '9000',
      '--kv-rank': '3',
      '--kv-parallel-size': '1',
      '--max-model-len': '32000',
      '--hccl-buffsize': '500',
    });
    expect(started(deployment, 'd1').args).toMatchObject({
      '--base-api-port': '9100',
      '--server-offset': '16',
      '--num-dp': '64',
      '--kv-rank': '4',
      '--hccl-buffsize': '1000',
    });
    expect(deployment.decode[0]!.hosts.map((host) => host.login.privateKey)).toEqual([
      '/workspace/pem/keypair.pem',
      '/workspace/new_pem/keypair.pem',
      '/workspace/pem/keypair.pem',
      '/workspace/pem/keypair.pem',
    ]);
    expect(deployment).toMatchObject({
      engineSettings: { generation: 'v0.3', codePath: '/data/code_path' },
      proxy: { listenPort: 8080 },
    });
    expect(left).toEqual(['omni.yml:39: services.local_code_path: "/workspace/local"']);
  });

  it('may be JSON', () => {
    const yaml = imported({ file: 'omni.yml', text: OMNI_CLI });
    const { deployment, ...rest } = yaml.cluster as unknown as Record<string, unknown>;
    expect(deployment).toBeUndefined();
    const json = JSON.stringify({
      deployment: {
        prefill: {
          group1: {
            user: 'root',
            hosts: '10.0.0.1',
            master_port: '8080',
            base_api_port: '9000',
            password: 'canary',
            ascend_rt_visible_devices: '0,1',
          },
        },
        decode: {
          group1: {
            user: 'root',
            hosts: '10.0.0.2',
            master_port: '8081',
            base_api_port: '9000',
            password: 'canary',
            ascend_rt_visible_devices: '0,1',
          },
        },
        proxy: { user: 'root', host: '10.0.0.1', listen_port: '7000', private_key: '/k' },
      },
      services: {
        log_path: '/l',
        model_path: '/m',
        code_path: '/c',
        docker_image: 'i:t',
        prefill: { max_model_len: '1' },
        decode: { max_model_len: '2' },
      },
    });
    const result = imported({ file: 'omni.json', text: json });
    expect(result.text).not.toContain('canary');
    expect(result.deployment.prefill[0]!.hosts[0]!.dies).toEqual([0, 1]);
    expect(rest.format).toBe("omni_cli's deployment file");
  });

  it('names all keys that are missing', () => {
    const text = OMNI_CLI.replace('listen_port: "8080"', 'port: 1').replace(
      / {6}master_port: "8080"\n {6}base_api_port: "9000"\n {6}private_key: "\/workspace\/pem\/keypair.pem"\n {6}ascend_rt_visible_devices: "[\d,]+"\n {6}host/,
      '      host',
    );
    expect(() => importFiles([{ file: 'omni.yml', text }])).toThrow(
      [
        'omni.yml: deployment.decode.group1.master_port is missing',
        'omni.yml: deployment.decode.group1.base_api_port is missing',
        'omni.yml: deployment.decode.group1.ascend_rt_visible_devices is missing',
        'omni.yml: deployment.proxy.listen_port is missing',
      ].join('\n'),
    );
  });
});

describe("omni_cli's server profiles", () => {
  const result = imported({ file: 'server_profiles.yml', text: serverProfiles() });

  it('start what omni_cli would start', () => {
    const prefill = started(result.deployment, 'p1');
    expect(prefill).toMatchObject({
      container: 'me_prefill_p1',
      args: {
        '--num-servers': '1',
        '--num-dp': '1',
        '--tp': '16',
        '--master-port': '8001',
        '--base-api-port': '9001',
        '--max-model-len': '30000',
        '--num-speculative-tokens': '1',
        '--extra-args':
          '--max-num-batched-tokens 30000 --enforce-eager --enable-expert-parallel --disable-log-requests --max-num-seqs 16 --no-enable-prefix-caching',
        '--additional-config': '{"enable_omni_placement":false}',
      },
      env: { HCCL_RDMA_TIMEOUT: '20', KV_RANK: '1', LOG_PATH: '/data/log/p1', PREFILL_POD_NUM: '2' },
    });
    expect(JSON.parse(prefill.args['--kv-transfer-config']!)).toEqual({
      kv_connector: 'AscendHcclConnectorV1',
      kv_buffer_device: 'npu',
      kv_role: 'kv_producer',
      kv_rank: 1,
      engine_id: 1,
      kv_parallel_size: 3,
    });
    const decode = started(result.deployment, 'd1');
    expect(decode).toMatchObject({
      container: 'me_decode_d1',
      args: {
        '--master-ip': '10.0.0.3',
        '--server-offset': '16',
        '--num-dp': '32',
        '--base-api-port': '9101',
        '--extra-args':
          '--max-num-batched-tokens 256 --enable-expert-parallel --disable-log-requests --max-num-seqs 32 --no-enable-prefix-caching --num-gpu-blocks-override 512',
      },
      env: { ENABLE_APC_EVENT: '0' },
    });
    expect(JSON.parse(decode.args['--additional-config']!)).toEqual({
      graph_model_compile_config: { level: 1 },
      enable_omni_placement: true,
      omni_placement_config: {
        pattern_path: '/data/patterns/d.npy',
        max_moe_layer_num: 58,
        enable_dynamic: true,
        max_redundant_per_expert: 10,
        max_redundant_per_rank: 1,
        enable_rank_round_robin: true,
        enable_dump: false,
        dump_dir: null,
      },
    });
    expect(started(result.deployment, 'c0').args).toMatchObject({
      '--listen-port': '7000',
      '--core-num': '4',
      '--prefill-lb-sdk': 'pd_score_balance',
    });
  });

  it('set no variable that the profile does not set', () => {
    const { env } = started(result.deployment, 'p0');
    for (const name of ['HCCL_OP_EXPANSION_MODE', 'VLLM_ENABLE_MC2', 'PYTORCH_NPU_ALLOC_CONF'])
      expect(env).not.toHaveProperty(name);
  });

  it('list what has no place, with its line', () => {
    expect(result.left).toEqual([
      'server_profiles.yml:175: d0.args.additional-config.omni_placement_config.pattern_path: "/data/patterns/d.npy"',
      'server_profiles.yml:239: d1.args.additional-config.omni_placement_config.pattern_path: "/data/patterns/d.npy"',
      'server_profiles.yml:261: c0.args.core-num: "8"',
      'server_profiles.yml:262: c0.args.keepalive: 2048',
      'server_profiles.yml:258: c0.env.PREFILL_LB_SDK: "greedy_timeout"',
    ]);
  });
});

describe('what can not be imported', () => {
  it.each([
    [
      'a playbook alone',
      [{ file: 'server.yml', text: PLAYBOOK }],
      'server.yml: a playbook alone names no hosts; add its inventory',
    ],
    [
      'YAML that is none',
      [{ file: 'a.yml', text: 'a: [1' }],
      'a.yml:1:6: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['an INI inventory', [{ file: 'hosts', text: '[P]\np0 ansible_host=10.0.0.1\n' }], 'hosts:'],
    [
      'something else',
      [{ file: 'a.yml', text: 'a: 1' }],
      "a.yml: neither omni_cli's deployment or server_profiles.yml, nor an Ansible inventory",
    ],
    [
      'two inventories',
      [inventory(TWO_P), { file: 'b.yml', text: TWO_P }],
      'inventory.yml, b.yml: one file that names the hosts and at most one playbook',
    ],
    [
      'a playbook with omni_cli',
      [
        { file: 'o.yml', text: OMNI_CLI },
        { file: 'server.yml', text: PLAYBOOK },
      ],
      'server.yml: a playbook goes with an Ansible inventory, and o.yml is none',
    ],
  ])('is said of %s', (_, files, message) => {
    expect(() => importFiles(files)).toThrow(message);
  });
});
