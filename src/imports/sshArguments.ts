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
    const jump = /^ProxyCommand$/i.test(option) ? jumpOfCommand(setting) : null;
    if (/^StrictHostKeyChecking$/i.test(option)) trustsNew = /^(no|off|accept-new)$/i.test(setting);
    else if (jump !== null) login.jump = jump;
    else if (/^Proxy(Jump|Command)$/i.test(option) && setting === 'none') continue;
    else if (flag === '-J' || /^ProxyJump$/i.test(option)) login.jump = flag === '-J' ? value : setting;
    else if (flag === '-p' || /^Port$/i.test(option)) login.ssh_port = Number(flag === '-p' ? value : setting);
    else if (flag === '-i' || /^IdentityFile$/i.test(option)) login.private_key = flag === '-i' ? value : setting;
    else if (flag === '-l' || /^User$/i.test(option)) login.user = flag === '-l' ? value : setting;
    else if (!OWN.test(option) && !OWN.test(`${option}=${setting}`))
      others.push(flag === undefined ? word : `${flag} ${value}`);
  }
  return { login, trustsNew, others };
}

/** `ssh -W %h:%p -p 2222 ops@bastion` is a jump over ops@bastion:2222; null: it does more than that. */
function jumpOfCommand(command: string): string | null {
  const [program, ...words] = shellWords(command);
  if (program !== 'ssh') return null;
  let user: string | null = null;
  let port: string | null = null;
  let host: string | null = null;
  let passesOn = false;
  for (let i = 0; i < words.length; i++) {
    const [, flag, glued = ''] = /^-([WploqTaAxX])(.*)$/.exec(words[i]!) ?? [];
    const takes = flag !== undefined && 'Wplo'.includes(flag);
    const value = takes && glued === '' ? (words[++i] ?? '') : glued;
    if (flag === 'W') passesOn = /^\[?%h\]?:%p$/.test(value);
    else if (flag === 'p') port = value;
    else if (flag === 'l') user = value;
    else if (flag === 'o' && !/^(StrictHostKeyChecking|UserKnownHostsFile|LogLevel|BatchMode)=/i.test(value))
      return null;
    else if (flag === undefined && words[i]!.startsWith('-')) return null;
    else if (flag === undefined && host === null) host = words[i]!;
    else if (flag === undefined) return null;
  }
  if (!passesOn || host === null) return null;
  return `${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`;
}
