/** Settings of the simulation itself; a deployment passes these by `services.<role>.env`. */
export interface LabEnv {
  /** LAB_LOAD_MS: how long loading the checkpoint takes. */
  readonly loadMs: number;
  /** LAB_TOKEN_MS: time per output token. */
  readonly tokenMs: number;
  /** LAB_KV_TRANSFER=0: the KV cache is not handed over: prefill offers none, decode takes none. Both answer as if nothing were wrong. */
  readonly kvTransfer: boolean;
  /** LAB_HANDSHAKE_S: how long a rank waits for the first process of its instance. */
  readonly handshakeMs: number;
}

/** vLLM's HANDSHAKE_TIMEOUT_MINS is 5. */
const HANDSHAKE_S = 300;

export function vllmLabEnv(env: NodeJS.ProcessEnv): LabEnv {
  return {
    loadMs: Number(env.LAB_LOAD_MS ?? 600),
    tokenMs: Number(env.LAB_TOKEN_MS ?? 2),
    kvTransfer: env.LAB_KV_TRANSFER !== '0',
    handshakeMs: 1000 * Number(env.LAB_HANDSHAKE_S ?? HANDSHAKE_S),
  };
}
