import { describe, expect, it } from 'vitest';
import { parseAscendHealth } from '../../src/accelerators/ascend/dieHealth.ts';
import { parseCudaHealth } from '../../src/accelerators/cuda/dieHealth.ts';
import type { AcceleratorName } from '../../src/deployment/deployment.ts';
import { probeDies } from '../../src/facts/probeDies.ts';
import { LocalHost } from '../fakes/localHost.ts';
import { probing } from './probing.ts';

const NPU_SMI = `+------------------------------------------------------------------------------------------------+
| npu-smi 24.1.rc3                 Version: 24.1.rc3                                             |
+---------------------------+---------------+----------------------------------------------------+
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip  Phy-ID              | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
+===========================+===============+====================================================+
| 0     Ascend910           | OK            | 178.3       38                0    / 0             |
| 0     0                   | 0000:9D:00.0  | 0           0    / 0          3404 / 65536         |
| 0     Ascend910           | Warning       | -           97                0    / 0             |
| 1     1                   | 0000:9F:00.0  | 0           0    / 0          3189 / 65536         |
+---------------------------+---------------+----------------------------------------------------+
| NPU     Chip              | Process id    | Process name             | Process memory(MB)      |
| 1       1                 | 4711          | python3.11               | 3303                    |
`;
const { fake } = probing();
const asked = (accelerator: AcceleratorName) =>
  probeDies(new LocalHost('here'), accelerator, new AbortController().signal);

describe('the health of dies', () => {
  it('is in the table of npu-smi, a chip after the other', () => {
    expect(parseAscendHealth(NPU_SMI)).toEqual([
      { die: 0, problem: null, temperatureC: 38 },
      { die: 1, problem: 'Warning', isMinor: true, temperatureC: 97 },
    ]);
  });

  it('is counted by NPU where each is one die', () => {
    expect(
      parseAscendHealth('| 3     simulated           | OK            | 0.0         25                   |'),
    ).toEqual([{ die: 3, problem: null, temperatureC: 25 }]);
  });

  it('is in a list of nvidia-smi', () => {
    expect(parseCudaHealth('0, 45, 0\n1, 88, 3\n2, [N/A], [N/A]\n')).toEqual([
      { die: 0, problem: null, temperatureC: 45 },
      { die: 1, problem: '3 uncorrected memory errors', temperatureC: 88 },
      { die: 2, problem: null, temperatureC: null },
    ]);
  });

  it('is asked of the driver, and unknown where there is none or it hangs', async () => {
    fake('npu-smi', `cat <<'TABLE'\n${NPU_SMI}TABLE`);
    fake('nvidia-smi', 'sleep 60');
    expect(await asked('ascend')).toHaveLength(2);
    expect(await asked('cuda')).toBeNull();
    expect(await asked('none')).toBeNull();
  });
});
