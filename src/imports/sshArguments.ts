import type { ImportedLogin } from './cluster.ts';

export interface SshArguments {
  readonly login: ImportedLogin;
  /** Hosts that are not known yet may be trusted at first sight. */
  readonly trustsNew: boolean;
  /** Options without a place. */
  readonly others: readonly string[];
}

/** ssh's own arguments, as `ansible_ssh_common_args` holds them. */
export function readSshArguments(text: string): SshArguments {
  const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+(?:=(?:"[^"]*"|'[^']*'))?)/g)].map(
    ([, double, single, plain]) => (double ?? single ?? plain ?? '').replace(/=(["'])(.*)\1$/, '=$2'),
  );
  const login: Record<string, string | number> = {};
  const others: string[] = [];
  let trustsNew = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const [, flag, glued = ''] = /^(-[oJpil])(.*)$/.exec(word) ?? [];
    const value = flag === undefined ? '' : glued !== '' ? glued : (words[++i] ?? '');
    const [, option = '', setting = ''] = flag === '-o' ? (/^(\w+)[=\s]\s*(.*)$/.exec(value) ?? []) : [];
    if (/^StrictHostKeyChecking$/i.test(option)) trustsNew = /^(no|off|accept-new)$/i.test(setting);
    else if (flag === '-J' || /^ProxyJump$/i.test(option)) login.jump = flag === '-J' ? value : setting;
    else if (flag === '-p' || /^Port$/i.test(option)) login.ssh_port = Number(flag === '-p' ? value : setting);
    else if (flag === '-i' || /^IdentityFile$/i.test(option)) login.private_key = flag === '-i' ? value : setting;
    else if (flag === '-l' || /^User$/i.test(option)) login.user = flag === '-l' ? value : setting;
    // what omniplace does anyway
    else if (
      !/^(IdentitiesOnly|BatchMode|ConnectTimeout|ControlMaster|ControlPersist|ControlPath|LogLevel|ServerAlive\w+)$/i.test(
        option,
      )
    )
      others.push(flag === undefined ? word : `${flag} ${value}`);
  }
  return { login, trustsNew, others };
}
