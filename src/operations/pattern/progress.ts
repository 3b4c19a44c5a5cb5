const LEAST_MS = 5_000;

/** Says now and then that work goes on, the longer it takes the less often. */
export function progressOf(say: (line: string) => void): (elapsedMs: number) => void {
  let nextMs = LEAST_MS;
  return (elapsedMs) => {
    if (elapsedMs < nextMs) return;
    nextMs = elapsedMs + Math.max(LEAST_MS, elapsedMs / 2);
    say(`solving for ${Math.round(elapsedMs / 1_000)} s`);
  };
}
