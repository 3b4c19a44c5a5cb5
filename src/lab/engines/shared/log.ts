/** Log lines in vLLM's form: `INFO 11-21 22:50:01 [lab] text`. */
export function logInfo(text: string): void {
  process.stdout.write(`INFO ${stamp(new Date())} [lab] ${text}\n`);
}

export function logWarning(text: string): void {
  process.stdout.write(`WARNING ${stamp(new Date())} [lab] ${text}\n`);
}

export function logError(text: string): void {
  process.stderr.write(`ERROR ${stamp(new Date())} [lab] ${text}\n`);
}

function stamp(now: Date): string {
  return `${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
