import { expect, test } from 'vitest';
import { parseCudaDies } from '../../src/accelerators/cuda/dies.ts';
import { acceleratorOf } from '../../src/accelerators/index.ts';
import type { Section } from '../../src/shell/sections.ts';
import { findingsWith } from './findings.ts';
import { probing } from './probing.ts';

const { fake, probe } = probing();
const section = (name: string, body: string): Section => ({ name, index: null, body });

test('a container that computes has all GPUs, and sees its own', () => {
  expect(acceleratorOf('cuda').container([2, 3])).toEqual({
    mounts: [],
    devices: [],
    flags: ['--gpus', 'all'],
    env: { CUDA_VISIBLE_DEVICES: '2,3' },
    workdir: '/',
  });
  expect(acceleratorOf('cuda').container([])).toEqual({ mounts: [], devices: [], flags: [], env: {}, workdir: '/' });
});

test('what runs on GPUs is named by their driver', async () => {
  fake(
    'nvidia-smi',
    `case "$*" in
"--query-gpu=index,mig.mode.current,memory.total,memory.used --format=csv,noheader,nounits")
  printf '%s\\n' '0, Disabled, 81559, 4' '1, Enabled, 81559, 0' '10, [N/A], [N/A], [N/A]'; exit;;
'pmon -c 1') ;;
*) exit 9;;
esac
cat <<'TABLE'
# gpu         pid   type     sm    mem    enc    dec    jpg    ofa    command
# Idx           #    C/G      %      %      %      %      %      %    name
    0       4711     C     97     40      -      -      -      -    python3
    1          -     -      -      -      -      -      -      -    -
    1       4712   M+C     12      3      -      -      -      -    python3
    2         11     G      0      0      -      -      -      -    Xwayland
   10         12   C+G      0      0      -      -      -      -    Xorg
TABLE`,
  );
  const { machine } = await probe({ accelerator: 'cuda' });
  expect(machine.dieProcesses).toEqual([
    { die: 0, pid: 4711, name: 'python3', container: null },
    { die: 1, pid: 4712, name: 'python3', container: null },
    { die: 2, pid: 11, name: 'Xwayland', container: null },
    { die: 10, pid: 12, name: 'Xorg', container: null },
  ]);
  expect(machine.dieStates).toEqual([
    { die: 0, isSplit: false, totalMib: 81_559, usedMib: 4 },
    { die: 1, isSplit: true, totalMib: 81_559, usedMib: 0 },
    { die: 10, isSplit: false, totalMib: null, usedMib: null },
  ]);
});

test('a driver that fails names why it does not list what runs on GPUs', async () => {
  fake('nvidia-smi', 'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18');
  const { dieProcesses, driverSilent } = (await probe({ accelerator: 'cuda' })).machine;
  expect({ dieProcesses, driverSilent }).toEqual({
    dieProcesses: null,
    driverSilent: 'nvidia-smi failed with exit code 18: Failed to initialize NVML: Driver/library version mismatch',
  });
});

test('an image shows what it needs of the driver, and the kernel its network devices', async () => {
  fake(
    'docker',
    `case "$*" in
  "version --format {{json .}}") echo '{"Client":{},"Server":{"Version":"20.10.24"}}';;
  "ps -aq --no-trunc") ;;
  'image inspect --format {{.Id}} {{json .RootFS.Layers}}{{range .Config.Env}}{{if eq (index (split . "=") 0) "CUDA_VERSION" "NVIDIA_REQUIRE_CUDA" "NVIDIA_DISABLE_REQUIRE"}}{{println}}{{json .}}{{end}}{{end}} -- r/i:1')
    echo 'sha256:aa ["sha256:l1"]'; echo '"CUDA_VERSION=13.0.2"'; echo '"NVIDIA_REQUIRE_CUDA=cuda\\u003e=13.0 brand=tesla,driver>=535"';;
  *) exit 1;;
esac`,
  );
  const { docker, machine } = await probe({ accelerator: 'cuda', images: ['r/i:1', 'r/absent:1'] });
  expect(docker.images).toEqual({ 'r/i:1': 'sha256:aa', 'r/absent:1': null });
  expect(docker.imageVariables).toEqual({
    'r/i:1': { CUDA_VERSION: '13.0.2', NVIDIA_REQUIRE_CUDA: 'cuda>=13.0 brand=tesla,driver>=535' },
  });
  expect(machine.rdma).toMatchObject({ ports: expect.any(Array), hasNodes: expect.any(Boolean) });
});

test('ports of network devices are read with their state and driver', () => {
  const rdma =
    'mlx5_0 InfiniBand ACTIVE mlx5_core\nrdmap0 Unspecified DOWN efa\nrxe0 Ethernet ACTIVE \nnodes\npeer-memory\n';
  expect(parseCudaDies([section('rdma', rdma)]).rdma).toEqual({
    ports: [
      { device: 'mlx5_0', layer: 'InfiniBand', state: 'ACTIVE', driver: 'mlx5_core' },
      { device: 'rdmap0', layer: 'Unspecified', state: 'DOWN', driver: 'efa' },
      { device: 'rxe0', layer: 'Ethernet', state: 'ACTIVE', driver: '' },
    ],
    hasNodes: true,
    peerMemory: true,
  });
});

test('no tool of another driver is asked', async () => {
  fake('npu-smi', 'echo "| 0 0 | 4711 | python3 |"');
  fake('hccn_tool', 'echo ipaddr:172.16.1.1');
  const facts = await probe({ accelerator: 'cuda', dies: [0] });
  expect(facts.deviceIps).toEqual({});
  expect(facts.machine).toMatchObject({
    dieProcesses: null,
    driverSilent: 'nvidia-smi was not found on PATH',
    pingsDies: false,
  });
});

test('a GPU has a device file of its own; what the driver controls itself by is not one', () => {
  const nodes = '/dev/nvidia10 /dev/nvidia2 /dev/nvidia-uvm /dev/nvidiactl /dev/davinci1\n';
  expect(parseCudaDies([section('die-nodes', nodes)])).toEqual({ dieNodes: [2, 10], dieProcesses: null });
});

// a container that was given GPU 2 calls it 0
test('the environment of another container does not show the GPUs it uses', async () => {
  fake(
    'docker',
    `case "$*" in
  "version --format {{json .}}") echo '{"Client":{},"Server":{"Version":"20.10.24"}}';;
  "ps -aq --no-trunc") echo c1;;
  *_VISIBLE_DEVICES*c1) exit 9;;
  *c1) echo '{"id":"c1","name":"/n","dies":[]}';;
esac`,
  );
  const { docker } = await probe({ accelerator: 'cuda' });
  expect(docker.containers.map(({ dies }) => dies)).toEqual([null]);
});

test('findings name the tools of the driver', () => {
  expect(findingsWith('cuda')).toEqual([
    'die 3 of d0 is not on the host, which has 0, 1, 2 (mend ascend_rt_visible_devices, or see whether the driver lost it: nvidia-smi -L)',
    'process 4711 (python3) runs on die 2 that d0 needs (see whose it is before you end it: ps -o user,lstart,args -p 4711 on that host)',
    'the driver is 23 here and 24.1.rc3 on another host (install the same version)',
  ]);
});
