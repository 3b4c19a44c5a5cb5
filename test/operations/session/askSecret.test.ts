import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildController, type Controller } from '../../fakes/controller.ts';
import { unless } from '../../fakes/unless.ts';

/** Runs a command at a terminal of its own. */
const TERMINAL = 'script';
const missing = spawnSync(TERMINAL, ['--version']).error === undefined ? null : 'script(1) is not installed';

describe('a secret asked at a terminal', unless(missing), () => {
  let controller: Controller;
  beforeAll(async () => {
    controller = await buildController(`
      import { askSecret } from './src/operations/session/askSecret.ts';
      async function main() {
        const secret = await askSecret('password of root', 'name its source').catch((error) => error.message);
        console.log('got ' + [...secret].reverse().join(''));
      }`);
  });
  afterAll(() => controller.remove());

  /** All that a terminal shows while `keys` are typed at the question. */
  const shown = (keys: string): Promise<string> => {
    const child = spawn(TERMINAL, ['-qec', `'${process.execPath}' '${controller.file}' null`, '/dev/null']);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === '') child.stdin.write(keys);
      text += chunk.toString();
    });
    return new Promise((resolve) => child.on('close', () => resolve(text)));
  };

  it('is not shown, and can be mended while it is typed', async () => {
    expect(await shown('wrong\u0015canarx\u007fy\r')).toBe('password of root: \r\ngot yranac\r\n');
  });

  it('is given up by Ctrl-C', async () => {
    expect(await shown('cana\u0003')).toBe('password of root: \r\ngot .dehcuot saw gnihtoN\r\n');
  });
});
