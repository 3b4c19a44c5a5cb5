import type { EngineFaultCode } from './engineFaultCodes.gen.ts';

/**
 * Every code of a {@link Fault} that does not belong to one engine, and what to do about it. An engine has its own in
 * `engines/<engine>/faultCodes.ts`; `docs/reference/faults.md` is generated from all.
 */
export const FAULT_CODES = {
  // the file and its YAML
  unreadable_file: 'The deployment file is missing, is a folder or may not be read. Check the path.',
  not_utf8:
    'The file is written in another encoding than UTF-8. Convert it as the hint shows, or save it as UTF-8 in the editor.',
  file_too_large: 'A deployment file has at most 128 KiB: it names hosts and settings, not data.',
  empty_file: 'The file holds nothing. Start from one of the files in `inventories/`.',
  yaml_syntax: 'The file is not valid YAML. Look at the place named, and at the indentation and quotes before it.',
  duplicate_key: 'A key stands twice in the same map, so one of the values would be lost. Remove one.',
  alias_bomb: 'Aliases and merge keys unfold to far more values than a deployment has. Write them out.',
  yaml11_word:
    'Plain yes, no, on and off are true and false in YAML 1.1 (Ansible), but text in YAML 1.2. Write true or false, or quote the word.',
  // keys and values
  unknown_key: 'No such key at this place. Correct its spelling, or move it to where the hint says.',
  other_engine_key:
    'Another engine has this key, and the engine of this file does not read it. Remove it, or use what the hint names.',
  missing_key: 'A key that has no default is not there. Add it.',
  wrong_type: 'The value is of the wrong kind, for example a list where a number belongs.',
  bad_value: 'The value is of the right kind, but not one that works here.',
  out_of_range: 'The number is too small or too large.',
  bad_override:
    'An `-e` is written `path=value`, where the path names a key of the file: `-e services.prefill.gpu_util=0.9`.',
  // hosts, dies, credentials
  bad_address:
    'Hosts are IPv4 addresses, ranges of them (`10.0.0.1-8`, `10.0.0.[1:8]`) or names that this machine resolves to one: rank tables and server lists carry addresses.',
  empty_hosts: 'A group needs at least one host.',
  duplicate_host: 'A group names a host twice. To run two instances on one host, write two groups with different dies.',
  bad_dies: 'Dies are whole numbers from 0, separated by commas: `0,1,2,3`.',
  duplicate_die: 'A die stands twice in one list. Remove one.',
  unknown_host_block:
    'A `host <ip>` block speaks of a host that its group does not have. Correct the address or remove it.',
  no_credentials: 'Nothing says how to log in. Give `private_key`, `password` or `agent: true`.',
  plain_password:
    'A password stands in the file as plain text. Name its source instead: `{env: NAME}`, `{file: path}` or `{command: [..]}`.',
  plain_secret:
    'A token, key or password stands in the file as plain text, and would be in a start script or an argument on every host. Keep it in a file that root alone can read on the hosts, and name that: `container: {flags: ["--env-file=/root/secrets.env"]}`. The key of servers (VLLM_API_KEY) also belongs into `services.api_key`, with which omniplace asks them.',
  missing_local_file:
    'A local path of the file does not exist on this machine. Only the commands that need it fail without it.',
  // who serves what where
  port_collision:
    'Two nodes of a host want the same port. A decode host takes one API port per die, from `base_api_port` on; its instance also one at `master_port`. As a warning: nothing binds that port, so both can live with it.',
  port_past_end: 'A range of ports runs past 65535. Choose a lower `base_api_port`.',
  die_collision: 'Two nodes of a host use the same die. Give each its own.',
  unequal_dies: 'The hosts of one instance have different numbers of dies.',
  ignored_setting: 'The value has no effect here.',
  unequal_settings: 'The hosts of one instance differ in a setting that all of its ranks must share.',
  login_conflict:
    'A host is named more than once, with different logins. One connection serves all of its nodes, so one login must do.',
  mixed_with_roles:
    'Mixed servers do both prefill and decode, without a proxy: a deployment has either `mixed`, or the other three.',
  mixed_over_hosts: 'A mixed server runs on one host. For more hosts, write more groups.',
  // what the engine would make of it
  engine_without_router:
    'The engine has no router, so nothing would pass requests on from a proxy node. Use `mixed` servers, which clients ask themselves.',
  engine_key:
    "The engine's JSON has no such key. In `model_parallel_config` it would end the engine at its start; elsewhere it would be dropped without a word.",
  engine_value: 'The engine would refuse or misread the value beside others of the deployment.',
  engine_accelerator:
    'The engine does not run on this kind of device. Choose another engine, or correct `services.accelerator`.',
  engine_argument:
    'An argument of the engine that omniplace sets itself, from another key of the file; or one that can not reach it whole.',
} as const;

export type FaultCode = keyof typeof FAULT_CODES | EngineFaultCode;
