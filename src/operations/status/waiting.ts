/** Facts are in by then; on a terminal a line counts, elsewhere one line is enough. */
const FIRST_MS = { terminal: 1_000, elsewhere: 5_000 };

/**
 * Shows on stderr, once facts are in, that a token is what is waited for, and for how long already.
 * `end` takes the line back where that can be done.
 */
export function showWaiting(
  facts: Promise<unknown>,
  tokenMs: number,
  err: NodeJS.WriteStream = process.stderr,
): { readonly end: () => void } {
  const begunMs = performance.now();
  let areFactsIn = false;
  let isShown = false;
  void facts.then(
    () => {
      areFactsIn = true;
    },
    () => {},
  );
  const tick = () => {
    if (!areFactsIn || (isShown && !err.isTTY)) return;
    const elapsedS = Math.floor((performance.now() - begunMs) / 1_000);
    err.write(err.isTTY ? `\r\u001b[K${waitingWords(elapsedS, tokenMs)}` : `${waitingWords(elapsedS, tokenMs)}\n`);
    isShown = true;
  };
  const every = setInterval(tick, err.isTTY ? FIRST_MS.terminal : FIRST_MS.elsewhere);
  every.unref();
  return {
    end: () => {
      clearInterval(every);
      if (isShown && err.isTTY) err.write('\r\u001b[K');
    },
  };
}

/** `facts are in; waiting for a token: 7 s (up to 30 s, see --timeout)` */
export function waitingWords(elapsedS: number, tokenMs: number): string {
  return `facts are in; waiting for a token: ${elapsedS} s (up to ${Math.round(tokenMs / 1_000)} s, see --timeout)`;
}
