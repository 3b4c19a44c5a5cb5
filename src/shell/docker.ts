import type { Argv } from './argv.ts';
import { type Mount, mountArguments } from './mount.ts';

export interface DockerRun {
  readonly name: string;
  readonly image: string;
  readonly command: Argv;
  readonly entrypoint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** More of it comes on docker's standard input, a line `NAME=value` each: what no argument may hold. */
  readonly envOnInput?: boolean;
  readonly mounts: readonly Mount[];
  readonly devices: readonly string[];
  readonly shmSize: string;
  readonly workdir: string;
  /** Further flags, one argument each. */
  readonly flags: readonly string[];
}

/**
 * A detached container on the host's network. `--init`: PID 1 must end on TERM and reap what servers leave behind,
 * which `sleep` does not.
 */
export function dockerRun(run: DockerRun): Argv {
  return [
    'docker',
    'run',
    '-d',
    '--init',
    '--name',
    run.name,
    ...Object.entries(run.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    '--net=host',
    '--privileged',
    '-u',
    'root',
    '-w',
    run.workdir,
    `--shm-size=${run.shmSize}`,
    ...Object.entries(run.env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    ...(run.envOnInput ? ['--env-file', '/dev/stdin'] : []),
    ...run.devices.map((device) => `--device=${device}`),
    ...run.mounts.flatMap(mountArguments),
    ...run.flags,
    '--entrypoint',
    run.entrypoint,
    run.image,
    ...run.command,
  ];
}
