import type { ImportedLogin } from './cluster.ts';
import { shellWords } from './shellWords.ts';
import { jumpOfCommand, oneJump, type SshJump } from './sshJump.ts';

export interface SshArguments {
  readonly login: ImportedLogin;
  /** Hosts that are not known yet may be trusted at first sight. */
  readonly trustsNew: boolean;
  /** Options without a place, each with the reason. */
  readonly others: readonly UnplacedOption[];
}

export interface UnplacedOption {
  readonly option: string;
  readonly because: string;
}

const UNKNOWN = 'omniplace has no such SSH setting';
/** Flags of ssh with a value. */
const WITH_VALUE = /^(-[BbcDEeFIiJLlmOopQRSWw])(.*)$/;
/** What omniplace does anyway. */
const OWN =
  /^(IdentitiesOnly|BatchMode|ConnectTimeout|ControlMaster|ControlPersist|ControlPath|LogLevel|ServerAlive\w+|UserKnownHostsFile=\/dev\/null)$/i;

/** ssh's own arguments, as `ansible_ssh_common_args` holds them. */
export function readSshArguments(text: string): SshArguments {
  if (isUnclosed(text)) {
    const others = [{ option: text, because: 'a quote of it is not closed' }];
    return { login: {}, trustsNew: false, others };
  }
  const words = shellWords(text);
  const login: Record<string, string | number> = {};
  const others: UnplacedOption[] = [];
  let trustsNew = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const [, flag, glued = ''] = WITH_VALUE.exec(word) ?? [];
    const value = flag === undefined ? '' : glued !== '' ? glued : (words[++i] ?? '');
    const [, option = '', written = ''] = flag === '-o' ? (/^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(value) ?? []) : [];
    // an option of ssh may have quotes of its own
    const setting = /^"([^"]*)"$/.exec(written.trim())?.[1] ?? written.trim();
    const jump = jumpOf(flag, option, value, setting);
    const asWritten = flag === undefined ? word : `${flag} ${value}`;
    if (/^StrictHostKeyChecking$/i.test(option)) trustsNew = /^(no|off|accept-new)$/i.test(setting);
    else if (jump !== null && 'jump' in jump) login.jump = jump.jump;
    else if (jump !== null) others.push({ option: asWritten, because: jump.because });
    // no file of ssh's settings is read here
    else if (flag === '-F' && /^(\/dev\/null|none)$/.test(value)) continue;
    else if (/^Proxy(Jump|Command)$/i.test(option) && setting === 'none') continue;
    else if (flag === '-p' || /^Port$/i.test(option)) login.ssh_port = Number(flag === '-p' ? value : setting);
    else if (flag === '-i' || /^IdentityFile$/i.test(option)) login.private_key = flag === '-i' ? value : setting;
    else if (flag === '-l' || /^User$/i.test(option)) login.user = flag === '-l' ? value : setting;
    else if (!OWN.test(option) && !OWN.test(`${option}=${setting}`))
      others.push({ option: asWritten, because: UNKNOWN });
  }
  return { login, trustsNew, others };
}

function jumpOf(flag: string | undefined, option: string, value: string, setting: string): SshJump | null {
  if (flag === '-J') return oneJump(value);
  if (setting === 'none') return null;
  if (/^ProxyJump$/i.test(option)) return oneJump(setting);
  return /^ProxyCommand$/i.test(option) ? jumpOfCommand(setting) : null;
}

/** True for a text whose last quote is not closed. */
function isUnclosed(text: string): boolean {
  const closed = text.replaceAll(/\\.|"(?:\\.|[^"\\])*"|'[^']*'/gs, '');
  return /["']/.test(closed);
}
