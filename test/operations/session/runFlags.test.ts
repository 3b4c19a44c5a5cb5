import { describe, expect, it } from 'vitest';
import { tagsOf } from '../../../src/operations/session/runFlags.ts';
import { EVERYTHING } from '../../../src/plan/select.ts';
import { TAGS } from '../../../src/plan/tags.ts';

describe('tagsOf', () => {
  it('are all tags but those only run when asked for', () => {
    expect([...tagsOf(EVERYTHING)]).toEqual([...TAGS]);
    expect([...tagsOf({ ...EVERYTHING, only: ['clean_up'] })]).toEqual(['clean_up']);
  });

  it('follow --only, --skip and --start-at', () => {
    expect([...tagsOf({ ...EVERYTHING, only: ['sync_code, pip_install', 'verify'] })]).toEqual([
      'sync_code',
      'pip_install',
      'verify',
    ]);
    expect(tagsOf({ ...EVERYTHING, skip: ['sync_code'] }).has('sync_code')).toBe(false);
    expect([...tagsOf({ ...EVERYTHING, startAt: 'run_proxy' })]).toEqual(['run_proxy', 'verify']);
  });

  it('are all of them from a step whose place only the plan knows', () => {
    expect(tagsOf({ ...EVERYTHING, startAt: 'run_server/p0/start' }).size).toBe(TAGS.length);
  });
});
