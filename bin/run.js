#!/usr/bin/env node
import { flush, handle, run } from '@oclif/core';

try {
  await run(process.argv.slice(2), import.meta.url);
  await flush();
} catch (error) {
  // an unknown command is bad usage, like an unknown flag
  if (error?.oclif?.exit === 127) error.oclif.exit = 2;
  await handle(error);
}
