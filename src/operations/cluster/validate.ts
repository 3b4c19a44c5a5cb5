import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { NO_OVERLAY, type Overlay, overridesOf } from '../../balancing/overlay.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import type { Fault } from '../../deployment/fault.ts';
import type { Positions } from '../../deployment/positions.ts';
import { boundPorts } from '../../engines/boundPorts.ts';
import { type UsedDialect, usedDialect } from '../../engines/dialectReader.ts';
import type { ExpertControl } from '../../engines/expertControl.ts';
import { engineOf } from '../../engines/index.ts';
import { misfits } from '../../engines/misfits.ts';
import { readDeployment } from '../../engines/readDeployment.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { NotUtf8Error, utf8Text } from '../../files/readText.ts';
import type { Tag } from '../../plan/tags.ts';
import { checkTopology } from '../../topology/checks.ts';
import { NO_INPUTS, readInputBytes } from './localInputs.ts';
import { lookUpHosts, type Resolve } from './lookUpHosts.ts';
import { matchLocal } from './matchLocal.ts';
import { missingLocalFiles } from './missingLocalFiles.ts';
import { overlayFile, readOverlay } from './overlay.ts';

export interface ValidateOptions {
  /** `-e path=value` */
  readonly overrides: readonly string[];
  /** Tags of the run that follows: a missing local file that one of them needs is an error, any other a warning. */
  readonly forTags?: ReadonlySet<Tag>;
  /** What `balance` says on top of the file; default: what it has written beside it. */
  readonly overlay?: Overlay;
  /** How names of hosts are resolved; default: as this machine does. */
  readonly resolve?: Resolve;
}

export interface Validation {
  /** No errors; there may be warnings. */
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  /** null when there is an error. */
  readonly deployment: Deployment | null;
  /** Where each value is written; null: the file can't be read. */
  readonly positions: Positions | null;
  /** What its start scripts would be written for without a host; null: it does not matter, or is not known for the faults. */
  readonly dialect: UsedDialect | null;
  /** The file's text, to show places in it. */
  readonly text: string;
  /** What `balance` wrote beside the file and was read on top of it; null: nothing. */
  readonly overlaid: string | null;
  /** Names of hosts in the file, by the addresses that this machine resolved them to. */
  readonly names: ReadonlyMap<string, string>;
}

/** Reads a deployment file and finds everything wrong with it that can be found without a host. */
export async function validateFile(file: string, options: ValidateOptions): Promise<Validation> {
  let text: string;
  try {
    text = utf8Text(await readFile(file), file);
  } catch (error) {
    return {
      ok: false,
      faults: [unreadable(file, error as NodeJS.ErrnoException)],
      deployment: null,
      positions: null,
      dialect: null,
      text: '',
      overlaid: null,
      names: new Map(),
    };
  }
  const at = overlayFile(file);
  let overlay: Overlay;
  try {
    overlay = options.overlay ?? (await readOverlay(file)) ?? NO_OVERLAY;
  } catch (error) {
    return {
      ok: false,
      faults: [badOverlay(at, error as Error)],
      deployment: null,
      positions: null,
      dialect: null,
      text,
      overlaid: at,
      names: new Map(),
    };
  }
  const overrides = [...overridesOf(overlay), ...options.overrides];
  const validation = await validateText(text, file, { ...options, overrides, overlay });
  return { ...validation, overlaid: overlay.size === 0 ? null : at };
}

/** Loads recorded under a placement that `balance` installed are read with that placement: by `balance` itself. */
function isKnownToBalance(fault: Fault, overlay: Overlay, experts: ExpertControl | undefined): boolean {
  if (!experts?.isMisreading(fault)) return false;
  const installed = experts.install('').map(({ key }) => `.${key}`);
  return [...overlay.keys()].some((path) =>
    installed.some((key) => path.endsWith(key) && fault.path.startsWith(path.slice(0, 1 - key.length))),
  );
}

/** The same of a text that is to be written to `file`. */
export async function validateText(
  text: string,
  file: string,
  { overrides, forTags, overlay = NO_OVERLAY, resolve: resolveName }: ValidateOptions,
): Promise<Validation> {
  const directory = dirname(resolve(file));
  const context = { file, directory, home: homedir(), overrides, glob: matchLocal };
  const read = readDeployment(text, context);
  const { unknownNames } = read;
  // few files have names: those are read again, with what the names stand for
  const parsed =
    unknownNames.length === 0
      ? read
      : readDeployment(text, { ...context, lookups: await lookUpHosts(unknownNames, resolveName) });
  const faults = [
    ...parsed.faults,
    ...missingLocalFiles(parsed, file, forTags ?? new Set()),
    ...(parsed.sound === null ? [] : await clusterFaults(parsed.sound, parsed.positions, overlay)),
  ];
  const ok = faults.every((fault) => fault.severity === 'warning');
  const deployment = ok ? parsed.deployment : null;
  const dialect = deployment === null ? null : await localDialect(deployment);
  const { positions, names } = parsed;
  return { ok, faults: inOrder(faults), deployment, positions, dialect, text, overlaid: null, names };
}

/** That of code that is synced from this machine; else it is assumed, as no host is asked. */
export async function localDialect(deployment: Deployment): Promise<UsedDialect | null> {
  const reader = engineOf(deployment.engine).dialect?.(deployment) ?? null;
  if (reader === null) return null;
  return usedDialect(reader, { ...NO_INPUTS, bytes: await readInputBytes(deployment) }, {});
}

/** What is wrong only when the nodes are seen together, or with the engine in mind. */
async function clusterFaults(
  deployment: Deployment,
  positions: Positions,
  overlay: Overlay,
): Promise<readonly Fault[]> {
  const engine = engineOf(deployment.engine);
  const topology = topologyOf(deployment);
  const ports = topology.nodes.flatMap(boundPorts(engine, deployment, topology));
  const inputs = { ...NO_INPUTS, bytes: await readInputBytes(deployment) };
  const ofEngine = engine
    .checks(deployment, topology, inputs, positions)
    .filter((fault) => !isKnownToBalance(fault, overlay, engine.experts));
  // what is a warning for engines in general may be an error for this one
  const isWorse = (fault: Fault) =>
    ofEngine.some(({ severity, code, path }) => severity === 'error' && code === fault.code && path === fault.path);
  return [
    ...checkTopology(deployment, topology, ports, positions).filter((fault) => !isWorse(fault)),
    ...misfits(engine, { deployment, topology, placeOf: positions }),
    ...ofEngine,
  ];
}

function inOrder(faults: readonly Fault[]): readonly Fault[] {
  return [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.col ?? 0) - (b.col ?? 0));
}

function badOverlay(file: string, error: Error): Fault {
  return {
    code: 'unreadable_file',
    severity: 'error',
    message: `This is not what balance writes: ${error.message}.`,
    hint: 'Delete it to go back to what the deployment says.',
    file,
    line: null,
    col: null,
    path: '',
  };
}

function unreadable(file: string, error: NodeJS.ErrnoException | NotUtf8Error): Fault {
  if (error instanceof NotUtf8Error) {
    const { line, col, hint } = error;
    return {
      code: 'not_utf8',
      severity: 'error',
      message: `The file is ${error.what}.`,
      hint,
      file,
      line,
      col,
      path: '',
    };
  }
  const why: Record<string, string> = {
    ENOENT: 'There is no such file.',
    EISDIR: 'This is a folder.',
    EACCES: 'This file may not be read.',
  };
  return {
    code: 'unreadable_file',
    severity: 'error',
    message: why[error.code ?? ''] ?? `The file can't be read: ${error.message}.`,
    hint: 'Name a deployment file; inventories/ has some to start from.',
    file,
    line: null,
    col: null,
    path: '',
  };
}
