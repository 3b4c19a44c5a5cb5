/** What `bin/run.js` starts with: the same oclif that the commands are made of. */
export { flush, handle, run } from '@oclif/core';
