/** HTTP statuses of a server that answers, but only to those with its key. */
const DENIED: readonly number[] = [401, 403];

/** True where a request needs another key, or one at all. */
export function isDenied(status: number | undefined): boolean {
  return status !== undefined && DENIED.includes(status);
}
