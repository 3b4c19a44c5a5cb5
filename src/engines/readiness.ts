/** When a server is ready: each probe answers 200; or, where it has no API, it has left a file. */
export type Readiness =
  | { readonly http: readonly HttpProbe[] }
  | {
      /** `NodePaths.joined`: a start removes what an earlier server left. */
      readonly file: string;
      /** What it is, for messages: `ray worker`. */
      readonly what: string;
    };

export interface HttpProbe {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** What it proves, for messages: `rank 3`. */
  readonly of: string;
}

export function httpProbes(readiness: Readiness): readonly HttpProbe[] {
  return 'http' in readiness ? readiness.http : [];
}
