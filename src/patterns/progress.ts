const EVERY_MS = 5_000;

/** Says now and then that work goes on. */
export function progressOf(say: (line: string) => void): (elapsedMs: number) => void {
  let nextMs = EVERY_MS;
  return (elapsedMs) => {
    if (elapsedMs < nextMs) return;
    nextMs = elapsedMs + EVERY_MS;
    say(`solving for ${Math.round(elapsedMs / 1_000)} s`);
  };
}
