import type { Action } from '../../plan/step.ts';
import type { ActionRunner } from './action.ts';
import { check } from './check.ts';
import { exec } from './exec.ts';
import { get } from './get.ts';
import { image } from './image.ts';
import { proof } from './proof.ts';
import { push } from './push.ts';
import { put } from './put.ts';
import { request } from './request.ts';
import { spawn } from './spawn.ts';
import { sync } from './sync.ts';
import { wait } from './wait.ts';

/** What each kind of action does. A new kind: its file, a line here, its shape in `plan/step.ts`. */
export const ACTIONS: { readonly [K in Action['kind']]: ActionRunner<K> } = {
  check,
  exec,
  get,
  image,
  push,
  put,
  request,
  spawn,
  sync,
  proof,
  wait,
};
