import { Flags } from '@oclif/core';

/** `balance --watch` alone. */
export const watchFlags = {
  watch: Flags.boolean({
    char: 'w',
    exclusive: ['check', 'write'],
    description: 'go on until Ctrl-C: look again and again, and move the experts of single layers where that pays',
  }),
  interval: Flags.string({
    dependsOn: ['watch'],
    helpValue: 'TIME',
    description: 'time between two looks (default: 60s)',
  }),
  rounds: Flags.integer({ dependsOn: ['watch'], min: 1, helpValue: 'N', description: 'end after so many looks' }),
  'par-threshold': Flags.string({
    dependsOn: ['watch'],
    helpValue: 'PAR',
    description: 'layers of at most this PAR, mean over the --windows that count, stay (default: 1.1)',
  }),
  payback: Flags.string({
    dependsOn: ['watch'],
    helpValue: 'TIME',
    description: 'a layer moves where it saves more within this time than its move costs (default: 5m)',
  }),
  cooldown: Flags.integer({
    dependsOn: ['watch'],
    min: 0,
    helpValue: 'N',
    description: 'windows with load that a moved layer is left alone (default: 3)',
  }),
  'cost-model': Flags.string({
    dependsOn: ['watch'],
    helpValue: 'FILE',
    description: 'JSON of what moving an expert costs, as for simulate',
  }),
  'restart-window': Flags.string({
    dependsOn: ['watch'],
    helpValue: 'FROM-TO',
    description:
      'where an engine can’t swap experts while it serves: restart it for that between these hours of this machine, as 02:00-04:00 (default: never)',
  }),
  metrics: Flags.string({
    dependsOn: ['watch'],
    helpValue: '[HOST:]PORT',
    description: 'serve Prometheus metrics at /metrics; a port alone is open to this machine alone',
  }),
  'metrics-file': Flags.string({
    dependsOn: ['watch'],
    helpValue: 'FILE',
    description:
      'write them after each look, whole, for node_exporter’s textfile collector (a name that ends in .prom)',
  }),
};
