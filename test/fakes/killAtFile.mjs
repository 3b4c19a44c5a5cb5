// Loaded before the product (node --import): the process kills itself just before the KILL_AT-th time that it makes, renames,
// removes or appends to a file below a folder named *.balance.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_AT);
for (const name of ['open', 'writeFile', 'link', 'rename', 'rm', 'appendFile']) {
  const real = fs.promises[name];
  fs.promises[name] = (path, ...rest) => {
    const counts = /\.balance\//.test(String(path)) && (name !== 'open' || rest[0] !== 'r');
    if (counts && --left === 0) process.kill(process.pid, 'SIGKILL');
    return real(path, ...rest);
  };
}
syncBuiltinESMExports();
