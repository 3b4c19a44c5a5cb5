import { shellWords } from './shellWords.ts';

const FORM = 'a jump here is one USER@HOST[:PORT]';
/** Options of the jump's own connection that change nothing here. */
const OWN = /^(StrictHostKeyChecking|UserKnownHostsFile|LogLevel|BatchMode|ConnectTimeout)$/i;
/** What passes the connection on where ssh itself does not. */
const NETCAT = /^(?:\/usr\/bin\/|\/bin\/)?(?:nc|ncat|netcat)(?: -\w+(?: \d+)?)* %h %p$/;

/** A host to jump over, or why there is none. */
export type SshJump = { readonly jump: string } | { readonly because: string };

/** One host to jump over, with its user: ssh would take the local user name. */
export function oneJump(written: string): SshJump {
  const jump = written.replace(/^ssh:\/\//, '');
  if (/^[^@\s,]+@[^@\s,:]+(:\d{1,5})?$/.test(jump)) return { jump };
  if (jump.includes(',')) return { because: `${FORM}, and these are ${jump.split(',').length} jumps` };
  return { because: jump.includes('@') ? FORM : `${FORM}: add the user` };
}

/** `ssh -W %h:%p -p 2222 ops@bastion` is a jump over ops@bastion:2222. */
export function jumpOfCommand(command: string): SshJump {
  const [program, ...words] = shellWords(command);
  if (program?.split('/').at(-1) !== 'ssh') return { because: `${FORM}, over ssh: no other program is run for it` };
  const given: { user?: string; port?: string; host?: string; passesOn?: boolean } = {};
  for (let i = 0; i < words.length; i++) {
    const [, flag, glued = ''] = /^-[qTaAxXNCv46]*([WploiF]?)(.*)$/.exec(words[i]!) ?? [];
    const value = flag !== undefined && flag !== '' && glued === '' ? (words[++i] ?? '') : glued;
    const [, option = '', setting = ''] = flag === 'o' ? (/^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(value) ?? []) : [];
    if (flag === 'W') given.passesOn = /^\[?%h\]?:%p$/.test(value);
    else if (flag === 'p' || /^Port$/i.test(option)) given.port = flag === 'p' ? value : setting;
    else if (flag === 'l' || /^User$/i.test(option)) given.user = flag === 'l' ? value : setting;
    else if (flag === 'i' || /^IdentityFile$/i.test(option))
      return { because: 'the jump has its own key, and here a jump takes the login of its host' };
    else if (flag === 'F' ? value !== '/dev/null' && value !== 'none' : flag === 'o' && !OWN.test(option))
      return { because: `${FORM}: ${flag === 'F' ? `-F ${value}` : option} of the jump has no place` };
    else if (flag === '' && glued !== '') return { because: `${FORM}: ${words[i]} of the jump has no place` };
    else if (flag === undefined && given.host === undefined) given.host = words[i]!;
    else if (flag === undefined) {
      given.passesOn = NETCAT.test(words.slice(i).join(' '));
      break;
    }
  }
  const { user, port, host, passesOn = false } = given;
  if (!passesOn || host === undefined) return { because: `${FORM}: this command does not only pass on to %h %p` };
  const named = user === undefined || host.includes('@') ? host : `${user}@${host}`;
  return oneJump(`${named}${port === undefined ? '' : `:${port}`}`);
}
