import type { Unmet } from '../accelerator.ts';

/** The newest CUDA of each branch of the driver, oldest first (NVIDIA's release notes of CUDA, November 2025). */
const CUDA_OF_DRIVER: readonly (readonly [branch: number, cuda: string])[] = [
  [470, '11.4'],
  [495, '11.5'],
  [510, '11.6'],
  [515, '11.7'],
  [520, '11.8'],
  [525, '12.0'],
  [530, '12.1'],
  [535, '12.2'],
  [545, '12.3'],
  [550, '12.4'],
  [555, '12.5'],
  [560, '12.6'],
  [565, '12.7'],
  [570, '12.8'],
  [575, '12.9'],
  [580, '13.0'],
];
const OVERRIDE = 'NVIDIA_DISABLE_REQUIRE';

/** An image of a later CUDA than the driver has: programs of the same major version mostly run, others don't. */
export function unmetByDriver(variables: Readonly<Record<string, string>>, driver: string): Unmet | null {
  const has = cudaOf(driver);
  const needs = variables.CUDA_VERSION ?? neededCuda(variables.NVIDIA_REQUIRE_CUDA);
  if (has === null || needs === undefined || compare(has, needs) >= 0 || isTrue(variables[OVERRIDE])) return null;
  const [branch] = CUDA_OF_DRIVER.find(([, cuda]) => compare(cuda, needs) >= 0) ?? [];
  const newer = branch === undefined ? 'install a driver of a newer branch' : `install driver ${branch} or newer`;
  const major = has.split('.')[0];
  const message = `has CUDA ${needs}, and the driver ${driver} has ${has}`;
  if (major !== needs.split('.')[0])
    return {
      isFatal: true,
      message,
      hint: `${newer}, or use an image for CUDA ${major}; with compatibility libraries in the image set ${OVERRIDE}=1 in services.container.flags`,
    };
  return {
    isFatal: false,
    message,
    hint: `${newer}: docker may refuse the container, and code that is compiled for the GPU at its start may fail`,
  };
}

/** null: of a branch that is not known, so that nothing can be concluded. */
function cudaOf(driver: string): string | null {
  const branch = Number.parseInt(driver, 10);
  const known = CUDA_OF_DRIVER.filter(([from]) => from <= branch).at(-1);
  const newest = CUDA_OF_DRIVER.at(-1)![0];
  return known === undefined || branch >= newest + 10 ? null : known[1];
}

/** `cuda>=12.9 brand=tesla,driver>=535,driver<536` */
function neededCuda(required: string | undefined): string | undefined {
  return /\bcuda>=(\d+\.\d+)/.exec(required ?? '')?.[1];
}

/** By major and minor version. */
function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
