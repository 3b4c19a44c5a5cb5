#!/usr/bin/env node
import { flush, handle, run } from '../dist/cli/start.js';

try {
  await run(process.argv.slice(2), import.meta.url);
  await flush();
} catch (error) {
  await handle(error);
}
