import type { Engine } from './api/engine.ts';
import { writeDump } from './experts/dump.ts';
import { logError } from './log.ts';

/** Writes a dump per window for as long as the process lives; the last, partial window is lost as in OmniPlacement. */
export async function startWindows(engine: Engine, folder: string, windowMs: number): Promise<void> {
  const { collect } = engine.group;
  const { slots } = engine;
  if (!collect || !slots) return;
  let before = await collect();
  let recordStep = 0;
  setInterval(async () => {
    try {
      const now = await collect();
      writeDump(
        folder,
        ++recordStep,
        now.map((tokens, at) => tokens - before[at]!),
        slots,
      );
      before = now;
    } catch (cause) {
      logError(`recordstep ${recordStep} is lost: ${(cause as Error).message}`);
    }
  }, windowMs);
}
