import { describe, expect, it } from 'vitest';
import { unmetByDriver } from '../../src/accelerators/cuda/imageNeeds.ts';

describe('what an image needs of the driver of GPUs', () => {
  it('is there where the driver has that CUDA or a later one', () => {
    expect(unmetByDriver({ CUDA_VERSION: '13.0.2' }, '580.65.06')).toBeNull();
    expect(unmetByDriver({ CUDA_VERSION: '12.9.1' }, '580.65.06')).toBeNull();
  });

  it('is missing where the driver is of an earlier major version', () => {
    expect(unmetByDriver({ CUDA_VERSION: '13.0.2' }, '575.51.03')).toEqual({
      isFatal: true,
      message: 'has CUDA 13.0.2, and the driver 575.51.03 has 12.9',
      hint: 'install driver 580 or newer, or use an image for CUDA 12; with compatibility libraries in the image set NVIDIA_DISABLE_REQUIRE=1 in services.container.flags',
    });
  });

  it('may be missing where the driver is of an earlier minor version', () => {
    expect(
      unmetByDriver({ NVIDIA_REQUIRE_CUDA: 'cuda>=12.9 brand=tesla,driver>=535,driver<536' }, '550.54.15'),
    ).toEqual({
      isFatal: false,
      message: 'has CUDA 12.9, and the driver 550.54.15 has 12.4',
      hint: 'install driver 575 or newer: docker may refuse the container, and code that is compiled for the GPU at its start may fail',
    });
  });

  it('is not known of a newer branch, of no variable, or where the check is switched off', () => {
    expect(unmetByDriver({ CUDA_VERSION: '14.0' }, '610.10')).toBeNull();
    expect(unmetByDriver({}, '550.54.15')).toBeNull();
    expect(unmetByDriver({ CUDA_VERSION: '13.0.2', NVIDIA_DISABLE_REQUIRE: '1' }, '550.54.15')).toBeNull();
    expect(unmetByDriver({ CUDA_VERSION: '14.1' }, '580.10')?.hint).toContain('install a driver of a newer branch, or');
  });
});
