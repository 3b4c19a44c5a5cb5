/** What the simulation itself can be told; a deployment passes these by `services.<role>.env`. */
export interface LabEnv {
  /** LAB_LOAD_MS: how long loading the checkpoint takes. */
  readonly loadMs: number;
  /** LAB_TOKEN_MS: time per output token. */
  readonly tokenMs: number;
  /** LAB_SEED: of the gate's permutations. */
  readonly seed: number;
  /** LAB_SKEW: exponent of the experts' popularity, unless a request asks for another. */
  readonly skew: number;
  /** LAB_WINDOW_S: length of a dump's window. */
  readonly windowMs: number;
  /** LAB_LIVE_MAP: 0 for an engine whose experts change places by a restart alone, as OmniPlacement's do. */
  readonly liveMap: boolean;
  /** LAB_CONNECT_TIMEOUT_S: how long ranks wait for each other; OmniInfer's HCCL_CONNECT_TIMEOUT without it. */
  readonly connectTimeoutMs: number;
}

export function readLabEnv(env: NodeJS.ProcessEnv): LabEnv {
  return {
    loadMs: Number(env.LAB_LOAD_MS ?? 600),
    tokenMs: Number(env.LAB_TOKEN_MS ?? 2),
    seed: Number(env.LAB_SEED ?? 1),
    skew: Number(env.LAB_SKEW ?? 1),
    windowMs: 1000 * Number(env.LAB_WINDOW_S ?? 60),
    liveMap: env.LAB_LIVE_MAP !== '0',
    connectTimeoutMs: 1000 * Number(env.LAB_CONNECT_TIMEOUT_S ?? env.HCCL_CONNECT_TIMEOUT ?? 1800),
  };
}
