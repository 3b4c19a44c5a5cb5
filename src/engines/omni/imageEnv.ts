import imageEnvScript from '../../../templates/image_env.sh';
import type { Argv } from '../../shell/argv.ts';

/** What a script begins with that runs in a container: the image's environment, then `set -eu`. */
export const IMAGE_ENV = imageEnvScript.trimEnd();

/** For a script that bash runs. What ~/.bashrc prints must not be taken for the script's output. */
export const READ_IMAGE_ENV = '[ ! -f ~/.bashrc ] || . ~/.bashrc >&2 || true';

/** Text for `bash -c`, with the words of a command behind it. */
export const WITH_IMAGE_ENV = `${READ_IMAGE_ENV}; exec "$@"`;

/** A command in a container, with the environment that the image keeps in ~/.bashrc. */
export function withImageEnv(argv: Argv): Argv {
  return ['bash', '-c', WITH_IMAGE_ENV, 'bash', ...argv];
}
