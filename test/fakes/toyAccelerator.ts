import type { Accelerator } from '../../src/accelerators/accelerator.ts';
import { body } from '../../src/shell/sections.ts';

/**
 * An accelerator that no driver exists for, with every member of the interface. What works for it and for Ascend's knows
 * neither by name. Its driver is the program `toyctl`.
 */
export const toyAccelerator: Accelerator = {
  visibleDevices: 'TOY_DIES',
  container: (dies) => ({
    mounts: ['/opt/toy:/opt/toy'],
    devices: dies.map((die) => `/dev/toy${die}`),
    flags: ['--group-add', 'toys'],
    env: { TOY_DIES: dies.join(',') },
    workdir: '/toys',
  }),
  probe: {
    functions: `
driver_versions() { echo "toyware $(toyctl version)"; }
device_ips() {
  mark toy-addresses
  for die; do echo "$die $(toyctl address "$die")"; done
}
die_processes() {
  mark toy-uses
  within $patience toyctl uses
  die_pids=$(toyctl uses | sed 's/.* /pid=/')
}
`,
    parse: (sections) => {
      const uses = [...body(sections, 'toy-uses').matchAll(/^(\d+) (\d+)$/gm)];
      return {
        dieNodes: [0, 1],
        dieProcesses: uses.map(([, die, pid]) => ({ die: Number(die), pid: Number(pid), name: 'toy' })),
      };
    },
    versions: { toyware: 'the toyware' },
    listDies: 'toyctl list',
  },
  health: {
    functions: 'die_health() { mark die-health; within $patience toyctl health; }',
    parse: (answered) =>
      [...answered.matchAll(/^(\d+) (\w+) (\d+)$/gm)].map(([, die, health, temperature]) => ({
        die: Number(die),
        problem: health === 'fine' ? null : health!,
        temperatureC: Number(temperature),
      })),
    hotC: 50,
  },
  network: {
    parse: (sections) => ({
      deviceIps: Object.fromEntries(
        [...body(sections, 'toy-addresses').matchAll(/^(\d+) (\S+)$/gm)].map(([, die, address]) => [die!, address!]),
      ),
      pingsDies: true,
    }),
    ping: 'toyctl ping "$@"',
    setAddress: 'toyctl address N IP',
    showAddress: 'toyctl address N',
  },
};
