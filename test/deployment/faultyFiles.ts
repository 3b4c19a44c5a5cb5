import { SOUND } from './sample.ts';

const P1 = 'hosts: "10.0.0.1", master_port: 8000';

/** One mistake, one fault: what is replaced in the sound file, by what, and the whole list of faults. */
export const FAULTY: readonly (readonly [name: string, part: string, by: string, faults: readonly string[]])[] = [
  [
    'an unknown key with a near one',
    'model_path:',
    'modle_path:',
    ['10:3 error unknown_key Unknown key `modle_path` in `services`. | Did you mean `model_path`?'],
  ],
  [
    'a key of another place',
    'services:\n',
    'services:\n  max_num_seqs: 3\n',
    [
      '9:3 error unknown_key Unknown key `max_num_seqs` in `services`. | `max_num_seqs` belongs in deployment.defaults, or a group of deployment.prefill, deployment.decode or deployment.mixed, or services.prefill, services.decode or services.mixed.',
    ],
  ],
  [
    'an unknown key like no other',
    'proxy: {',
    'proxy: {colour: blue, ',
    [
      '7:11 error unknown_key Unknown key `colour` in `deployment.proxy`. | Known here: user, private_key, passphrase, password, agent, ssh_port, jump, prefill_lb_sdk, decode_lb_sdk, core_num, start_core_index, log_level, access_log_file, stream_ops, use_omni_proxy, omni_proxy_pd_policy, omni_proxy_model_path, omni_proxy_max_batch_num_token, omni_proxy_max_tokens_weight, omni_proxy_prefill_max_num_seqs, omni_proxy_decode_max_num_seqs, omni_proxy_prefill_starvation_timeout, omni_proxy_schedule_algo, omni_proxy_prefill_groups, omni_proxy_decode_groups, prefill_pod_size, decode_pod_size, no_reuseport, keepalive_nginx, nginx_conf_file.',
    ],
  ],
  [
    'a misspelt key of placement',
    'services:\n',
    'services:\n  decode: {placement: {enale_dynamic: true}}\n',
    [
      '9:24 error unknown_key Unknown key `enale_dynamic` in `services.decode.placement`. | Did you mean `enable_dynamic`?',
    ],
  ],
  [
    'a group by another name',
    'prefill:\n    group1:',
    'prefill:\n    first:',
    [
      '4:5 error unknown_key Unknown key `first` in `deployment.prefill`. | Groups are called group1, group2 and so on.',
    ],
  ],
  [
    'a group without its name',
    '    group1: {hosts: "10.0.0.1", master_port: 8000, base_api_port: 9000, ascend_rt_visible_devices: "0,1"}',
    '    hosts: "10.0.0.1"\n    master_port: 8000',
    [
      '4:5 error unknown_key `hosts` stands in `deployment.prefill` outside of any group. | Write `prefill: {group1: {hosts: ..}}`.',
    ],
  ],
  [
    'a duplicate key',
    'model_path: /data/model\n',
    'model_path: /data/model\n  model_path: /data/other\n',
    [
      '11:3 error duplicate_key `model_path` stands twice in the same map; the first is in line 10. | Remove one of the two.',
    ],
  ],
  [
    'a list where a number belongs',
    'listen_port: 7000',
    'listen_port: [7000]',
    ['7:42 error wrong_type `listen_port` must be a port, 1024 to 65500; it is a list.'],
  ],
  [
    'a word where a number belongs',
    'master_port: 8000',
    'master_port: "8000x"',
    ['4:46 error wrong_type `master_port` must be a port, 1 to 65535; it is `8000x`.'],
  ],
  [
    'a word where true or false belongs',
    'user: root',
    'agent: maybe',
    ['2:21 error wrong_type `agent` must be true or false; it is `maybe`.'],
  ],
  [
    'a map where text belongs',
    'repo/omniinfer:tag',
    '{name: x}',
    ['9:3 error wrong_type `docker_image` must be an image reference without spaces; it is a map.'],
  ],
  [
    'a list where the defaults belong, which is no lack of credentials too',
    '{user: root, private_key: ~/.ssh/id}',
    '[root]',
    ['2:13 error wrong_type `defaults` must be a map; it is a list.'],
  ],
  [
    'text where a group belongs',
    '{hosts: "10.0.0.1", master_port: 8000, base_api_port: 9000, ascend_rt_visible_devices: "0,1"}',
    '10.0.0.1',
    ['4:13 error wrong_type `group1` must be a map; it is `10.0.0.1`.'],
  ],
  [
    'nothing where the proxy belongs',
    'proxy: {host: "10.0.0.1", listen_port: 7000}',
    'proxy:',
    ['7:9 error wrong_type `proxy` must be a map; it is empty. | Give it a value, or remove the key.'],
  ],
  [
    'a list where the deployment belongs',
    SOUND,
    '- a\n- b\n',
    ['1:1 error wrong_type `the file` must be a map; it is a list.'],
  ],
  [
    'a key without a value',
    'model_path: /data/model',
    'model_path:',
    [
      '10:14 error wrong_type `model_path` must be an absolute path on the hosts; it is empty. | Give it a value, or remove the key.',
    ],
  ],
  [
    'a missing key',
    '  model_path: /data/model\n',
    '',
    [
      '8:1 error missing_key `model_path` is missing in `services`. | Add it: folder of the model, the same on every host.',
    ],
  ],
  [
    'a key a group needs',
    'master_port: 8000, ',
    '',
    [
      "4:5 error missing_key `master_port` is missing in `deployment.prefill.group1`. | Add the port at which the instance's processes meet, for example 8000; for all groups, in deployment.defaults.",
    ],
  ],
  [
    'a port out of range',
    'master_port: 8000',
    'master_port: "80000"',
    ['4:46 error out_of_range `master_port` must be a port, 1 to 65535; it is `80000`.'],
  ],
  [
    'a proxy port that nginx is not given',
    'listen_port: 7000',
    'listen_port: 80',
    ['7:42 error out_of_range `listen_port` must be a port, 1024 to 65500; it is `80`.'],
  ],
  [
    'a value that is none of the known ones',
    'services:\n',
    'services:\n  on_failure: contiune\n',
    ['9:15 error bad_value `on_failure` must be `stop` or `continue`; it is `contiune`. | Did you mean `continue`?'],
  ],
  [
    'a share of hosts above all of them',
    'services:\n',
    'services:\n  max_fail: 120%\n',
    ['9:13 error wrong_type `max_fail` must be a whole number, at least 0, or a percentage such as 10%; it is `120%`.'],
  ],
  [
    'a phase that is none',
    'services:\n',
    'services:\n  any_errors_fatal: [run_dokcer]\n',
    [
      '9:22 error bad_value `any_errors_fatal.0` must be `preflight`, `take_over`, `run_docker`, `sync_code`, `install_code`, `push_config`, `pip_install`, `ranktable`, `stop_server`, `run_server`, `run_proxy`, `verify`, `push_model`, `build_wheels` or `clean_up`; it is `run_dokcer`. | Did you mean `run_docker`?',
    ],
  ],
  [
    'a load balancer the proxy would silently replace',
    'listen_port: 7000',
    'prefill_lb_sdk: pd_score_balanced',
    [
      '7:45 error bad_value `prefill_lb_sdk` must be `pd_score_balance`, `prefill_score_balance`, `weighted_least_active`, `greedy_timeout`, `least_total_load`, `prefix_cache_affinity`, `auto_balance_controller`, `length_balance`, `round_robin` or `least_conn`; it is `pd_score_balanced`. | Did you mean `pd_score_balance`?',
    ],
  ],
  [
    'a duration without a unit',
    'services:\n',
    'services:\n  ready: {prefill: 45}\n',
    ['9:20 error bad_value `prefill` must be a duration such as 30s, 45m or 2h; it is `45`.'],
  ],
  [
    'an environment variable of no such name',
    'services:\n',
    'services:\n  prefill: {env: {A-B: 1}}\n',
    [
      '9:24 error bad_value `A-B` is not the name of an environment variable. | Letters, digits and _ only, no digit first.',
    ],
  ],
  [
    'a name that is not known',
    P1,
    'hosts: "node1", master_port: 8000',
    [
      "4:22 error bad_address `node1` is not an IPv4 address, and this machine does not know a host of that name. | Write the host's address, or let this machine resolve the name: getent ahostsv4 node1",
    ],
  ],
  [
    'an address out of range, in the middle of a text',
    '10.0.0.2,10.0.0.3',
    '10.0.0.2, 10.0.0.333,10.0.0.4',
    ['6:32 error bad_address `10.0.0.333` is not an IPv4 address. | Each of its four numbers is 0 to 255.'],
  ],
  [
    'an address with a number too few, in a list',
    '"10.0.0.2,10.0.0.3"',
    '[10.0.0.2, 10.0.3]',
    ['6:32 error bad_address `10.0.3` is not an IPv4 address. | It has four numbers: 10.0.0.1.'],
  ],
  [
    'an address with leading zeros',
    'host: "10.0.0.1"',
    'host: "10.0.0.01"',
    ['7:17 error bad_address `10.0.0.01` is not an IPv4 address. | Its numbers have no leading zeros.'],
  ],
  [
    'an address of nobody',
    'host: "10.0.0.1"',
    'host: "0.0.0.0"',
    [
      "7:17 error bad_address `0.0.0.0` can't be the address of a host. | Write the address by which the hosts reach each other.",
    ],
  ],
  [
    'a comma too many',
    '10.0.0.2,10.0.0.3',
    '10.0.0.2,10.0.0.3,',
    ['6:40 error bad_address An address is empty. | Remove the comma that is too many.'],
  ],
  [
    'a group without hosts',
    P1,
    'hosts: "", master_port: 8000',
    [
      '4:21 error empty_hosts `deployment.prefill.group1` has no hosts. | Name at least one IPv4 address, or remove the group.',
    ],
  ],
  [
    'a host twice',
    '10.0.0.2,10.0.0.3',
    '10.0.0.2,10.0.0.2',
    [
      '6:31 error duplicate_host `10.0.0.2` stands twice in `deployment.decode.group1.hosts`. | Remove one. Two instances on one host are two groups with different dies.',
    ],
  ],
  [
    'a die that is no number',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,1"',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,npu1"',
    ['4:103 error bad_dies `npu1` is not the number of a die. | Dies are whole numbers from 0: "0,1,2,3".'],
  ],
  [
    'a range of dies',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,1"',
    'base_api_port: 9000, ascend_rt_visible_devices: 0-7',
    ['4:100 error bad_dies `0-7` is not the number of a die. | Ranges are not known here: write every die.'],
  ],
  [
    'an empty entry among dies',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,1"',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,,1"',
    ['4:103 error bad_dies `ascend_rt_visible_devices` has an empty entry. | Remove the comma that is too many.'],
  ],
  [
    'no dies',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,1"',
    'base_api_port: 9000, ascend_rt_visible_devices: []',
    ['4:100 error bad_dies `ascend_rt_visible_devices` names no die. | Name the dies to use: "0,1,2,3".'],
  ],
  [
    'a die twice',
    'base_api_port: 9000, ascend_rt_visible_devices: "0,1"',
    'base_api_port: 9000, ascend_rt_visible_devices: [0, 1, 0]',
    ['4:107 error duplicate_die Die 0 stands twice in one list. | Remove one of the two.'],
  ],
  [
    'a block for a host the group does not have',
    '10.0.0.2,10.0.0.3", ',
    '10.0.0.2,10.0.0.3", host 10.0.0.33: {user: bob}, ',
    [
      '6:42 error unknown_host_block `host 10.0.0.33`: `deployment.decode.group1` has no such host. | Did you mean `10.0.0.3`?',
    ],
  ],
  [
    'no credentials at all',
    ', private_key: ~/.ssh/id',
    '',
    [
      '1:1 error no_credentials Nothing says how to log in to the hosts. | Give `private_key`, `password` or `agent: true`, there or in deployment.defaults.',
    ],
  ],
  [
    'credentials for some only',
    'defaults: {user: root, private_key: ~/.ssh/id}\n  prefill:\n    group1: {',
    'defaults: {user: root}\n  prefill:\n    group1: {agent: true, ',
    [
      '5:5 error no_credentials Nothing says how to log in to the hosts of `deployment.decode.group1`. | Give `private_key`, `password` or `agent: true`, there or in deployment.defaults.',
      '7:3 error no_credentials Nothing says how to log in to the hosts of `deployment.proxy`. | Give `private_key`, `password` or `agent: true`, there or in deployment.defaults.',
    ].map((line) => line.replace('5:5', '6:5')),
  ],
  [
    'an agent that is switched off',
    'private_key: ~/.ssh/id',
    'agent: false',
    [
      '1:1 error no_credentials Nothing says how to log in to the hosts. | Give `private_key`, `password` or `agent: true`, there or in deployment.defaults.',
    ],
  ],
  [
    'a password as plain text',
    'private_key: ~/.ssh/id',
    'password: hunter2',
    [
      '2:36 warning plain_password `password` stands in the file as plain text. | Say where to find it: `password: {env: NAME}`, `{file: path}` or `{command: [program, argument]}`.',
    ],
  ],
  [
    'an API key as plain text',
    'model_path: /data/model',
    'api_key: sesame-1\n  model_path: /data/model',
    [
      '10:12 warning plain_password `api_key` stands in the file as plain text. | Say where to find it: `api_key: {env: NAME}`, `{file: path}` or `{command: [program, argument]}`.',
    ],
  ],
  [
    'a password from two places',
    'private_key: ~/.ssh/id',
    'password: {env: A, file: b}',
    [
      '2:26 error bad_value `password` must be {env: NAME}, {file: path} or {command: [program, argument]}; it is a map.',
    ],
  ],
  [
    'a misspelt password, which is no lack of credentials too',
    'private_key: ~/.ssh/id',
    'passwrod: hunter2',
    ['2:26 error unknown_key Unknown key `passwrod` in `deployment.defaults`. | Did you mean `password`?'],
  ],
  [
    'a word of YAML 1.1 for true',
    'private_key: ~/.ssh/id',
    'agent: yes',
    ['2:33 warning yaml11_word `yes` is read as true here. | Write true.'],
  ],
  [
    'a word of YAML 1.1 as text',
    'services:\n',
    'services:\n  prefill: {env: {DEBUG: off}}\n',
    ['9:26 warning yaml11_word `off` is text in YAML 1.2, not false. | Write "off" in quotes, or false.'],
  ],
  [
    'an unclosed brace',
    'listen_port: 7000}',
    'listen_port: 7000',
    ['8:1 error yaml_syntax Flow map in block collection must be sufficiently indented and end with a }.'],
  ],
  [
    'a tab',
    '  docker_image',
    '\tdocker_image',
    ['9:1 error yaml_syntax Tabs are not allowed as indentation. | Indent with spaces.'],
  ],
  [
    'a second document',
    'services:\n',
    '---\nservices:\n',
    [
      '8:1 error yaml_syntax A second document begins here; a deployment is one. | Remove the `---` before it, or put it into a file of its own.',
    ],
  ],
  [
    'an alias without an anchor',
    'model_path: /data/model',
    'model_path: *model',
    ['10:15 error yaml_syntax `*model` names no anchor. | An anchor is written &model before it is used.'],
  ],
  [
    'a merge of no map',
    'services:\n',
    'services:\n  <<: text\n',
    ['9:7 error wrong_type `<<` merges maps only. | Name an anchor of a map: `<<: *name`.'],
  ],
  [
    'nothing',
    SOUND,
    '# later\n',
    ['1:1 error empty_file The file holds nothing. | Start from one of the files in inventories/.'],
  ],
];
