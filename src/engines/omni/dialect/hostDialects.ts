import type { Deployment } from '../../../deployment/deployment.ts';
import type { DialectFacts, Facts } from '../../../facts/facts.ts';
import { codeDialect } from '../../dialectReader.ts';
import type { LocalInputs } from '../../inputs.ts';
import { omniSettings } from '../settings.ts';
import type { Dialect } from './dialect.ts';
import { assumedDialect, NEWEST_KNOWN } from './knownDialects.ts';
import { isDialect, omniDialect } from './omniDialect.ts';

const PLACEMENT_OF = { 'v0.3': 'extra-config', 'v0.6': 'additional-config' } as const;

/** A dialect in which the place of placement settings is known. */
export type HostDialect = Dialect & { readonly placementFrom: NonNullable<Dialect['placementFrom']> };

/** The dialects of the code that runs on hosts. */
export class HostDialects {
  readonly #ofCode: Dialect | null;
  readonly #ofAnyImage: Dialect | null;

  constructor(
    readonly deployment: Deployment,
    readonly facts: Facts,
    inputs: LocalInputs,
  ) {
    const reader = omniDialect(deployment);
    this.#ofCode = reader === null ? null : accepted(codeDialect(reader, inputs));
    this.#ofAnyImage = Object.keys(facts).reduce<Dialect | null>((found, host) => found ?? this.#ofImage(host), null);
  }

  /** Whether the code of a host showed it; otherwise it is assumed. */
  isRead(address: string): boolean {
    return (this.#ofCode ?? this.#ofImage(address) ?? this.#ofAnyImage) !== null;
  }

  /**
   * Of the synced code, else of its image, else of another host's (a deployment has one image), else what is assumed.
   * `generation` decides where placement is set, whatever was read.
   */
  on(address: string): HostDialect {
    const { generation } = omniSettings(this.deployment);
    const read = this.#ofCode ?? this.#ofImage(address) ?? this.#ofAnyImage;
    const dialect = read ?? assumedDialect(generation).dialect;
    const placementFrom = dialect.placementFrom ?? NEWEST_KNOWN.dialect.placementFrom!;
    return { ...dialect, placementFrom: generation === null ? placementFrom : PLACEMENT_OF[generation] };
  }

  #ofImage(address: string): Dialect | null {
    const host = this.facts[address];
    return host?.reachable ? accepted(host.dialect) : null;
  }
}

/** For messages: `OmniInfer 0.6.0`. */
export function versionInWords({ version }: Dialect): string {
  return version === null ? 'the OmniInfer of this image' : `OmniInfer ${version}`;
}

function accepted(facts: DialectFacts | null | undefined): Dialect | null {
  return isDialect(facts?.accepts) ? facts.accepts : null;
}
