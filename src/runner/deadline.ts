/** A signal that fires at `ms` from now or with `outer`. */
export function deadlineSignal(
  ms: number,
  outer: AbortSignal,
): { signal: AbortSignal; passed: () => boolean; clear: () => void } {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, ms);
  const follow = () => controller.abort();
  if (outer.aborted) controller.abort();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
}
