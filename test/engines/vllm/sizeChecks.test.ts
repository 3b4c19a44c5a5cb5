import { describe, expect, it } from 'vitest';
import { faultLines, vllmDeployment } from './vllmDeployment.ts';

const linesOf = (prefill: string, decode: string) =>
  faultLines(vllmDeployment({ prefill: [`hosts: "10.0.0.1"${prefill}`], decode: [`hosts: "10.0.0.2"${decode}`] }));
const HINT = 'A block of decode holds whole ones of prefill: set the same for both.';
const blocks = (args: string) => `, extra_args: [${args}]`;

describe('block sizes of vLLM', () => {
  it('are compared with the default where one is not given', () => {
    expect(linesOf(blocks('--block-size, "128"'), '')).toEqual([
      `warning pair_mismatch: decode group1 has no --block-size, so that its blocks have 16 tokens unless an attention backend chooses others, which is not a multiple of the 128 of prefill group1. | ${HINT}`,
    ]);
    expect(linesOf('', blocks('--block-size, "8"'))).toEqual([
      `warning pair_mismatch: decode group1 has --block-size 8 unless an attention backend chooses others, which is not a multiple of the 16, the default, of prefill group1. | ${HINT}`,
    ]);
  });

  it('are an error where the backend is known to take the default', () => {
    const backend = '--attention-backend, FLASH_ATTN';
    expect(linesOf(blocks(`${backend}, --block-size, "128"`), blocks(backend))).toEqual([
      `error pair_mismatch: decode group1 has no --block-size, so that its blocks have 16 tokens, which is not a multiple of the 128 of prefill group1. | ${HINT}`,
    ]);
  });

  it('may be larger than the default on decode', () => {
    expect(linesOf('', blocks('--block-size, "64"'))).toEqual([]);
    expect(linesOf(blocks('--block-size, "64"'), blocks('--block-size, "128"'))).toEqual([]);
  });
});

describe('context parallel sizes of vLLM', () => {
  it('take no devices that omniplace does not count', () => {
    expect(linesOf('', blocks('-pcp, "2"'))).toEqual([
      'error parallel_sizes: decode group1 has --prefill-context-parallel-size 2, which takes 2 times the devices of the other sizes. | Remove it: omniplace shares devices out by tensor, pipeline and data parallel sizes only.',
    ]);
  });

  it('divide the tensor parallel size', () => {
    expect(linesOf('', blocks('-dcp, "3"'))).toEqual([
      'error parallel_sizes: decode group1 has --decode-context-parallel-size 3, which does not divide its tensor parallel size 8. | Choose a divisor of the tensor parallel size.',
    ]);
    expect(linesOf('', blocks('-dcp, "4"'))).toEqual([]);
  });
});

describe('several ranks that reach over hosts', () => {
  it('are refused with what to write instead', () => {
    const decode = ['hosts: "10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5", tensor_parallel_size: 16, data_parallel_size: 2'];
    expect(faultLines(vllmDeployment({ decode }))).toContain(
      "error parallel_sizes: decode group1: a rank has 16 devices, and 8 + 8 + 8 + 8 can't be divided into such ranks. | omniplace can't start several ranks that reach over hosts in one instance: write 2 groups of 2 hosts each.",
    );
  });
});
