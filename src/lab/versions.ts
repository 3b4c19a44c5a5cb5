import { DEFAULT_DIALECT, IMITATED, type Imitated } from './engines/omni/dialects/dialect.ts';
import { VLLM_IMITATED, type VllmImitated } from './engines/vllm/vllmVersions.ts';
import { LabError } from './labError.ts';
import type { LabState } from './state.ts';

/** Which engine a lab imitates, and which version of it. */
export type Imitates =
  | { readonly engine: 'omni'; readonly dialect: Imitated }
  | { readonly engine: 'vllm'; readonly dialect: VllmImitated };

export const LAB_ENGINES = ['omni', 'vllm'] as const;
export const LAB_DIALECTS = [...IMITATED, ...VLLM_IMITATED];

/** @param dialect null: the engine's usual one. @throws LabError for a version of another engine */
export function imitates(engine: Imitates['engine'], dialect: string | null): Imitates {
  if (engine === 'omni') {
    const found = IMITATED.find((version) => version === (dialect ?? DEFAULT_DIALECT));
    if (found !== undefined) return { engine, dialect: found };
    throw unknown(engine, dialect, IMITATED);
  }
  const found = VLLM_IMITATED.find((version) => version === (dialect ?? VLLM_IMITATED.at(-1)));
  if (found !== undefined) return { engine, dialect: found };
  throw unknown(engine, dialect, VLLM_IMITATED);
}

/** What the image and the code of a lab imitate. */
export function imitatedBy({ engine, dialect }: Pick<LabState, 'engine' | 'dialect'>): Imitates {
  return imitates(engine ?? 'omni', dialect ?? null);
}

function unknown(engine: string, dialect: string | null, versions: readonly string[]): LabError {
  return new LabError(
    'lab_usage',
    `there is no imitation of ${engine} ${dialect}`,
    `choose one of ${versions.join(', ')}`,
  );
}
