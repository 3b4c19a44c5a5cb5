import { describe, expect, it } from 'vitest';
import { transferDevices } from '../../../src/engines/vllm/checks/transferDevices.ts';
import { type RdmaFacts, UNKNOWN_MACHINE } from '../../../src/facts/facts.ts';
import { freshHost } from '../../fakes/facts.ts';
import { vllmDeployment } from './vllmDeployment.ts';

const port = (state: string, driver = 'mlx5_core', layer = 'InfiniBand') => ({
  device: 'mlx5_0',
  layer,
  state,
  driver,
});
const UP: RdmaFacts = { ports: [port('ACTIVE')], hasNodes: true, peerMemory: true };
const NONE: RdmaFacts = { ports: [], hasNodes: false, peerMemory: false };

/** What preflight finds where the decode host has `rdma`, and the prefill host `other`. */
function found(
  rdma: RdmaFacts | undefined,
  other: RdmaFacts | undefined = UP,
  parts: Parameters<typeof vllmDeployment>[0] = {},
) {
  const { deployment, topology } = vllmDeployment(parts);
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => {
      const its = address === '10.0.0.2' ? rdma : other;
      const machine = { ...UNKNOWN_MACHINE, ...(its === undefined ? {} : { rdma: its }) };
      return [address, freshHost(address, deployment.image, { machine })];
    }),
  );
  return transferDevices(deployment, topology, facts).map(
    ({ severity = 'error', host, message, hint }) => `${severity} ${host}: ${message} (${hint})`,
  );
}

describe('network devices that transfers of key-value caches need', () => {
  it('are up on both hosts, on none, or not known', () => {
    expect(found(UP)).toEqual([]);
    expect(found(NONE, NONE)).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });

  it('are missing on one host', () => {
    expect(found(NONE)).toEqual([
      'warning 10.0.0.2: no InfiniBand or RoCE device is on the host, and another one has some: key-value caches go over by TCP (load the driver of its devices, such as mlx5_ib)',
    ]);
  });

  it('are there, and down', () => {
    expect(found({ ...UP, ports: [port('DOWN'), port('INIT')] })).toEqual([
      'warning 10.0.0.2: no port of mlx5_0 is active: key-value caches go over by TCP (see whether it is cabled: rdma link, or ibstat, on the host)',
    ]);
    expect(found({ ...UP, ports: [port('DOWN'), port('ACTIVE')] })).toEqual([]);
  });

  it('are up, without device files', () => {
    expect(found({ ...UP, hasNodes: false })).toEqual([
      "warning 10.0.0.2: mlx5_0 can't be used by d0, as the host has no /dev/infiniband: key-value caches go over by TCP (load the kernel module ib_uverbs on the host)",
    ]);
  });

  it('are given to the container, and not on the host', () => {
    const services = '  container: {devices: [/dev/infiniband]}\n';
    expect(found(NONE, NONE, { services })).toEqual(
      ['1', '2'].map(
        (last) =>
          `error 10.0.0.${last}: services.container gives ${last === '1' ? 'p0' : 'd0'} /dev/infiniband, which is not on the host: docker can't start it (load the driver of its devices, such as mlx5_ib, or remove it)`,
      ),
    );
  });

  it("are Amazon's, with which UCX was seen to fail", () => {
    const efa: RdmaFacts = { ...UP, ports: [port('ACTIVE', 'efa', 'Unspecified')] };
    expect(found(efa)).toEqual([
      'warning 10.0.0.2: d0 hands its cache over by UCX, which was seen to fail on EFA devices such as mlx5_0 (set kv_transfer_config: {kv_connector_extra_config: {backends: [LIBFABRIC]}} for prefill and decode)',
    ]);
    const services = '  decode: {kv_transfer_config: {kv_connector_extra_config: {backends: [LIBFABRIC]}}}\n';
    expect(found(efa, UP, { services })).toEqual([]);
  });

  it("can't read the memory of GPUs, which Mooncake registers", () => {
    const both = (decode: string) =>
      `  prefill: {kv_connector: MooncakeConnector}\n  decode: {kv_connector: MooncakeConnector${decode}}\n`;
    expect(found({ ...UP, peerMemory: false }, UP, { services: both('') })).toEqual([
      'warning 10.0.0.2: Mooncake of d0 needs the kernel module nvidia-peermem, which is not loaded (modprobe nvidia-peermem on the host, or set env: {WITH_NVIDIA_PEERMEM: "0"} where the driver has dma-buf)',
    ]);
    expect(found({ ...UP, peerMemory: false }, UP, { services: both(', env: {WITH_NVIDIA_PEERMEM: "0"}') })).toEqual(
      [],
    );
  });

  it('are of no interest where caches stay on one host', () => {
    const parts = {
      prefill: ['hosts: "10.0.0.2", devices: "0,1,2,3"'],
      decode: ['hosts: "10.0.0.2", devices: "4,5,6,7"'],
    };
    expect(found({ ...UP, ports: [port('DOWN')] }, UP, parts)).toEqual([]);
  });
});
