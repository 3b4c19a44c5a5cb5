import type { ImportedLogin } from './cluster.ts';
import { shellWords } from './shellWords.ts';

export interface SshArguments {
  readonly login: ImportedLogin;
  /** Hosts that are not known yet may be trusted at first sight. */
  readonly trustsNew: boolean;
  /** Options without a place. */
  readonly others: readonly string[];
}

/** What omniplace does anyway. */
const OWN =
  /^(IdentitiesOnly|BatchMode|ConnectTimeout|ControlMaster|ControlPersist|ControlPath|LogLevel|ServerAlive\w+|UserKnownHostsFile=\/dev\/null)$/i;

/** ssh's own arguments, as `ansible_ssh_common_args` holds them. */
export function readSshArguments(text: string): SshArguments {
  const words = shellWords(text);
  const login: Record<string, string | number> = {};
  const others: string[] = [];
  let trustsNew = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const [, flag, glued = ''] = /^(-[oJpil])(.*)$/.exec(word) ?? [];
    const value = flag === undefined ? '' : glued !== '' ? glued : (words[++i] ?? '');
    const [, option = '', written = ''] = flag === '-o' ? (/^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(value) ?? []) : [];
    // an option of ssh may have quotes of its own
    const setting = /^"([^"]*)"$/.exec(written.trim())?.[1] ?? written.trim();
    const jump = flag === '-J' ? oneJump(value) : jumpOfOption(option, setting);
    if (/^StrictHostKeyChecking$/i.test(option)) trustsNew = /^(no|off|accept-new)$/i.test(setting);
    else if (jump !== null) login.jump = jump;
    else if (/^Proxy(Jump|Command)$/i.test(option) && setting === 'none') continue;
    else if (flag === '-p' || /^Port$/i.test(option)) login.ssh_port = Number(flag === '-p' ? value : setting);
    else if (flag === '-i' || /^IdentityFile$/i.test(option)) login.private_key = flag === '-i' ? value : setting;
    else if (flag === '-l' || /^User$/i.test(option)) login.user = flag === '-l' ? value : setting;
    else if (!OWN.test(option) && !OWN.test(`${option}=${setting}`))
      others.push(flag === undefined ? word : `${flag} ${value}`);
  }
  return { login, trustsNew, others };
}

function jumpOfOption(option: string, setting: string): string | null {
  if (/^ProxyJump$/i.test(option)) return oneJump(setting);
  return /^ProxyCommand$/i.test(option) ? jumpOfCommand(setting) : null;
}

/** `ssh -W %h:%p -p 2222 ops@bastion` is a jump over ops@bastion:2222; null: it does more than that. */
function jumpOfCommand(command: string): string | null {
  const [program, ...words] = shellWords(command);
  if (program?.split('/').at(-1) !== 'ssh') return null;
  let user: string | null = null;
  let port: string | null = null;
  let host: string | null = null;
  let passesOn = false;
  for (let i = 0; i < words.length; i++) {
    const [, flag, glued = ''] = /^-[qTaAxXNCv46]*([Wplo]?)(.*)$/.exec(words[i]!) ?? [];
    const value = flag !== undefined && flag !== '' && glued === '' ? (words[++i] ?? '') : glued;
    const [, option = '', setting = ''] = flag === 'o' ? (/^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(value) ?? []) : [];
    if (flag === 'W') passesOn = /^\[?%h\]?:%p$/.test(value);
    else if (flag === 'p' || /^Port$/i.test(option)) port = flag === 'p' ? value : setting;
    else if (flag === 'l' || /^User$/i.test(option)) user = flag === 'l' ? value : setting;
    else if (
      flag === 'o' &&
      !/^(StrictHostKeyChecking|UserKnownHostsFile|LogLevel|BatchMode|ConnectTimeout)$/i.test(option)
    )
      return null;
    else if (flag === '' && glued !== '') return null;
    else if (flag === undefined && host === null) host = words[i]!;
    else if (flag === undefined) return null;
  }
  if (!passesOn || host === null) return null;
  return oneJump(`${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`);
}

/** One host to jump over, with its user: ssh would take the local user name. Null: several hosts, or no user. */
function oneJump(written: string): string | null {
  const jump = written.replace(/^ssh:\/\//, '');
  return /^[^@\s,]+@[^@\s,:]+(:\d{1,5})?$/.test(jump) ? jump : null;
}
