/** Writes to stdout and waits for its reader; a reader that went away (`| head`) is an end, not an error. */
export function printOut(text: string | Buffer, onGone: () => void): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => {
      if (error) onGone();
      resolve();
    });
  });
}

/** Keeps a broken pipe from ending this process before its remote work has ended. */
export function ignoreBrokenPipe(): void {
  process.stdout.on('error', () => {});
}
