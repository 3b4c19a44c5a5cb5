/** `work`, unless it takes longer: then it fails with `error`. */
export function deadline<Value>(work: Promise<Value>, timeoutMs: number, error: () => Error): Promise<Value> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
