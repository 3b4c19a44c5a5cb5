import health from '../../../templates/health_ascend.sh';
import functions from '../../../templates/probe_ascend.sh';
import ping from '../../../templates/reach_ascend.sh';
import tools from '../../../templates/tools_ascend.sh';
import type { Accelerator } from '../accelerator.ts';
import { container, VISIBLE_DEVICES } from './container.ts';
import { parseAddresses } from './deviceIps.ts';
import { parseAscendHealth } from './dieHealth.ts';
import { parseAscendDies } from './dies.ts';

/** Their drivers slow dies down at some 100. */
const HOT_C = 85;

/** NPUs of Ascend. */
export const ascend: Accelerator = {
  visibleDevices: VISIBLE_DEVICES,
  usual: { diesPerHost: 16, diesPerCard: 2 },
  container,
  probe: {
    functions: `${tools}\n${functions}`,
    parse: parseAscendDies,
    versions: { driver: 'the driver', firmware: 'the firmware of the dies', cann: 'CANN' },
    listDies: 'npu-smi info -l',
  },
  health: { functions: `${tools}\n${health}`, parse: parseAscendHealth, hotC: HOT_C },
  network: {
    parse: parseAddresses,
    ping: `${tools}\n${ping}`,
    setAddress: 'hccn_tool -i N -ip -s',
    showAddress: 'hccn_tool -i N -ip -g',
    file: '/etc/hccn.conf',
  },
};
