import { mkdirSync } from 'node:fs';
import { build } from 'esbuild';
import { vllmCommands } from '../../src/lab/engines/vllm/vllmImage.ts';
import type { VllmImitated } from '../../src/lab/engines/vllm/vllmVersions.ts';
import { ProcessRig, type Running } from './processRig.ts';

/** A machine with GPUs, a model and the lab's `vllm` and `vllm-router`, as far as these can see. */
export class VllmRig extends ProcessRig {
  static async make(version: VllmImitated = 'v0.27.1', gpus = 8): Promise<VllmRig> {
    const rig = new VllmRig();
    const engine = `${rig.folder}/lab/vllm.cjs`;
    await build({
      entryPoints: ['src/lab/engines/vllm/main.ts'],
      outfile: engine,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
    });
    for (const { path, content, mode } of vllmCommands(version, `${rig.folder}/lab`, `${rig.folder}/bin`)) {
      rig.write(path.slice(rig.folder.length + 1), content as string, mode);
    }
    mkdirSync(`${rig.folder}/dev`);
    for (let gpu = 0; gpu < gpus; gpu++) rig.write(`dev/nvidia${gpu}`, '');
    rig.writeModel({ num_attention_heads: 8 });
    Object.assign(rig.env, {
      LAB_NODE: process.execPath,
      LAB_DEVICES: `${rig.folder}/dev`,
      VLLM_NIXL_SIDE_CHANNEL_HOST: '127.0.0.1',
      VLLM_HOST_IP: '127.0.0.1',
    });
    return rig;
  }

  serve(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.start('vllm', ['serve', `${this.folder}/model`, '--served-model-name', 'm', ...argv], env);
  }

  router(argv: readonly string[]): Running {
    return this.start('vllm-router', argv);
  }
}

/** What a counter or gauge of a server is, over all of its ranks. */
export function metricSum(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
