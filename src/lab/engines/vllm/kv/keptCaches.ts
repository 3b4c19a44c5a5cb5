interface Kept {
  readonly tokens: number;
  readonly timer: NodeJS.Timeout;
}

/** Caches of finished prompts, each until a decode rank has read it or its time is over. */
export class KeptCaches {
  readonly #kept = new Map<string, Kept>();
  expired = 0;

  keep(id: string, tokens: number, leaseMs: number): void {
    const timer = setTimeout(() => {
      if (this.#kept.delete(id)) this.expired++;
    }, leaseMs);
    timer.unref();
    this.#kept.set(id, { tokens, timer });
  }

  /** Its length in tokens; it is kept no longer. null: it is not here. */
  take(id: string): number | null {
    const kept = this.#kept.get(id);
    if (kept === undefined) return null;
    clearTimeout(kept.timer);
    this.#kept.delete(id);
    return kept.tokens;
  }

  tokens(): number {
    let sum = 0;
    for (const kept of this.#kept.values()) sum += kept.tokens;
    return sum;
  }
}
