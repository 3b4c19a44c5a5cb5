import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import { omniSettings } from '../settings.ts';

/** Two wheels of one package: after a build, an older one may still match the pattern. */
export function* checkWheels(deployment: Deployment, position: Positions): Generator<Fault> {
  const first = new Map<string, string>();
  for (const wheel of omniSettings(deployment).wheels) {
    const file = wheel.slice(wheel.lastIndexOf('/') + 1);
    // PEP 427: name-version-..., in which case and separators of the name don't count
    const name = file.split('-', 1)[0]!.toLowerCase().replaceAll(/[._]+/g, '_');
    const other = first.get(name);
    first.set(name, other ?? file);
    if (other === undefined || other === file || !file.endsWith('.whl') || /[*?[]/.test(file)) continue;
    const path = 'services.wheels';
    yield {
      code: 'wheel_twice',
      severity: 'error',
      message: `${other} and ${file} are wheels of one package: pip would refuse both.`,
      hint: 'Remove the older one, or name the wheels one by one.',
      file: deployment.file,
      ...position(path),
      path,
    };
  }
}
