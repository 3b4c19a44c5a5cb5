import { mkdirSync } from 'node:fs';
import { build } from 'esbuild';
import type { Imitated } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { ProcessRig, type Running } from './processRig.ts';

/** A machine of its own as far as the engine can see: commands on PATH, dies, a model, rank tables. */
export class EngineRig extends ProcessRig {
  private constructor(dialect: Imitated) {
    super();
    Object.assign(this.env, {
      LAB_DIALECT: dialect,
      LAB_RAY_FOLDER: `${this.folder}/ray`,
      LD_LIBRARY_PATH: `${this.folder}/cann`,
      LAB_HCCN_CONF: `${this.folder}/hccn.conf`,
    });
  }

  /** With the environment that ~/.bashrc gives. */
  static async make(dialect: Imitated = 'v0.6'): Promise<EngineRig> {
    const rig = new EngineRig(dialect);
    const engine = `${rig.folder}/engine.cjs`;
    await build({
      entryPoints: ['src/lab/engines/omni/main.ts'],
      outfile: engine,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
    });
    mkdirSync(`${rig.folder}/bin`);
    for (const [name, part] of [
      ['vllm', ''],
      ['ray', 'ray '],
      ['nginx', 'nginx '],
    ] as const) {
      rig.write(`bin/${name}`, `#!/bin/sh\nexec ${process.execPath} ${engine} ${part}"$@"\n`, 0o755);
    }
    rig.write('bin/python', '#!/bin/sh\nexec python3 "$@"\n', 0o755);
    rig.write('cann/libhccl.so', '');
    rig.write(
      'hccn.conf',
      'address_0=10.9.0.10\nnetmask_0=255.255.0.0\naddress_1=10.9.0.11\naddress_2=10.9.0.12\naddress_3=10.9.0.13\n',
    );
    rig.writeModel({});
    return rig;
  }

  /** One instance per list of dies, all on 127.0.0.1: a local table each (`local_<group>.json`) and the global one. */
  writeRankTables(name: string, groups: readonly (readonly number[])[]): { local: string[]; global: string } {
    const servers = groups.map((dies) => [
      {
        server_id: '127.0.0.1',
        server_ip: '127.0.0.1',
        device: dies.map((die, rank) => ({
          device_id: String(die),
          device_ip: `10.9.0.1${die}`,
          rank_id: String(rank),
        })),
      },
    ]);
    const local = servers.map((server_list, at) =>
      this.write(
        `${name}/local_${at}.json`,
        JSON.stringify({ version: '1.0', status: 'completed', group_id: '0', server_count: '1', server_list }),
      ),
    );
    const server_group_list = servers.map((server_list, at) => ({
      group_id: String(at),
      server_count: 1,
      server_list,
    }));
    const global = this.write(
      `${name}/global.json`,
      JSON.stringify({ version: '1.0', status: 'completed', server_group_list }),
    );
    return { local, global };
  }

  /** `vllm serve` as start_api_servers.py runs it for one rank. */
  startRank(argv: readonly string[], env: NodeJS.ProcessEnv): Running {
    return this.start('vllm', ['serve', `${this.folder}/model`, '--served-model-name', 'deepseek', ...argv], env);
  }
}
