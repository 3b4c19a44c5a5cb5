/**
 * Every code a {@link Fault} can carry, and what to do about it. `docs/reference/faults.md` is generated from here.
 */
export const FAULT_CODES = {
  // the file and its YAML
  unreadable_file: 'The deployment file is missing, is a folder or may not be read. Check the path.',
  file_too_large: 'A deployment file has at most 1 MiB: it names hosts and settings, not data.',
  empty_file: 'The file holds nothing. Start from one of the files in `inventories/`.',
  yaml_syntax: 'The file is not valid YAML. Look at the place named, and at the indentation and quotes before it.',
  duplicate_key: 'A key stands twice in the same map, so one of the values would be lost. Remove one.',
  alias_bomb: 'Aliases and merge keys unfold to far more values than a deployment has. Write them out.',
  yaml11_word:
    'Plain yes, no, on and off are true and false in YAML 1.1 (Ansible), but text in YAML 1.2. Write true or false, or quote the word.',
  // keys and values
  unknown_key: 'No such key at this place. Correct its spelling, or move it to where the hint says.',
  missing_key: 'A key that has no default is not there. Add it.',
  wrong_type: 'The value is of the wrong kind, for example a list where a number belongs.',
  bad_value: 'The value is of the right kind, but not one that works here.',
  out_of_range: 'The number is too small or too large.',
  bad_override:
    'An `-e` is written `path=value`, where the path names a key of the file: `-e services.prefill.gpu_util=0.9`.',
  // hosts, dies, credentials
  bad_address: 'Hosts are IPv4 addresses: rank tables and server lists carry them, so names do not work.',
  empty_hosts: 'A group needs at least one host.',
  duplicate_host: 'A group names a host twice. To run two instances on one host, write two groups with different dies.',
  bad_dies: 'Dies are whole numbers from 0, separated by commas: `0,1,2,3`.',
  duplicate_die: 'A die stands twice in one list. Remove one.',
  unknown_host_block:
    'A `host <ip>` block speaks of a host that its group does not have. Correct the address or remove it.',
  no_credentials: 'Nothing says how to log in. Give `private_key`, `password` or `agent: true`.',
  plain_password:
    'A password stands in the file as plain text. Name its source instead: `{env: NAME}`, `{file: path}` or `{command: [..]}`.',
  missing_local_file:
    'A local path of the file does not exist on this machine. Only the commands that need it fail without it.',
} as const;

export type FaultCode = keyof typeof FAULT_CODES;
