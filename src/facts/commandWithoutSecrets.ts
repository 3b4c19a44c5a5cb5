import { credentialsOf, isPlainValue, isSecretName } from '../deployment/secretName.ts';

const MASK = '***';

/** A command line as `ps` prints it. Others' command lines may hold what is not ours to show. */
export function commandWithoutSecrets(command: string): string {
  let before = '';
  return command
    .split(' ')
    .map((word) => {
      const [, name = before, joint = '', value = word] = /^(-{0,2}[A-Za-z_][\w-]*)(=)(.*)$/s.exec(word) ?? [];
      const isAssigned = joint === '=';
      // the value of a flag is the word behind it
      before = !isAssigned && /^--?[A-Za-z]/.test(word) ? word : '';
      const shown = masked(name, value);
      return isAssigned ? `${name}=${shown}` : shown;
    })
    .join(' ');
}

function masked(name: string, value: string): string {
  if (isSecretName(name.replaceAll('-', '_')) && !isPlainValue(value) && !/^--?[A-Za-z]/.test(value)) return MASK;
  const credentials = credentialsOf(value);
  return credentials === null ? value : value.replace(credentials, MASK);
}
