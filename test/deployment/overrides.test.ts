import { describe, expect, it } from 'vitest';
import { parse, SOUND } from './sample.ts';

function faults(...overrides: string[]) {
  return parse(SOUND, overrides).faults.map(
    ({ file, line, code, message, hint }) => `${file}:${line} ${code} ${message}${hint === null ? '' : ` | ${hint}`}`,
  );
}

describe('-e path=value', () => {
  it('sets values of every kind, as YAML', () => {
    const { deployment } = parse(SOUND, [
      'services.prefill.gpu_util=0.5',
      'services.wheels=[a.whl, b.whl]',
      'services.prefill.env={A: 1}',
      'services.decode.extra_config.section.key=true',
      'services.served_model_name=a=b',
    ]);
    expect(deployment?.prefill[0]?.settings).toMatchObject({ gpuUtil: 0.5, env: { A: '1' } });
    expect(deployment?.decode[0]?.settings.engineSettings).toMatchObject({ extraConfig: { section: { key: true } } });
    expect(deployment?.servedModelName).toBe('a=b');
    expect(deployment?.engineSettings).toMatchObject({ wheels: ['/srv/dir/a.whl', '/srv/dir/b.whl'] });
  });

  it('may add a group', () => {
    const { deployment } = parse(SOUND, [
      'deployment.prefill.group2={hosts: 10.0.0.9, master_port: 8001, base_api_port: 9001, ascend_rt_visible_devices: "2"}',
    ]);
    expect(deployment?.prefill.map(({ hosts }) => hosts[0]?.address)).toEqual(['10.0.0.1', '10.0.0.9']);
  });

  it('takes `__proto__` for a key like any other', () => {
    parse(SOUND, ['services.decode.extra_config.__proto__.polluted=true']);
    expect('polluted' in {}).toBe(false);
    expect(faults('services.constructor.name=x')).toEqual([
      '-e:null bad_override `-e services.constructor.name`: there is no key `constructor` in `services`.',
    ]);
  });

  it('is refused without a value', () => {
    expect(faults('services.name')).toEqual([
      '-e:null bad_override `-e services.name` has no value. | Write -e path=value, for example -e services.prefill.gpu_util=0.9.',
    ]);
  });

  it('is refused for an unknown key', () => {
    expect(faults('services.prefil.gpu_util=1')).toEqual([
      '-e:null bad_override `-e services.prefil.gpu_util`: there is no key `prefil` in `services`. | Did you mean `prefill`?',
    ]);
  });

  it('is refused inside of a list or a plain value', () => {
    expect(faults('services.wheels.0=a', 'services.name.x=1').map((line) => line.split(' | ')[0])).toEqual([
      '-e:null bad_override `-e services.wheels.0`: there is no key `0` in `services.wheels`.',
      '-e:null bad_override `-e services.name.x`: there is no key `x` in `services.name`.',
    ]);
  });

  it('is refused when its value is no YAML', () => {
    expect(faults('services.prefill.env={A: 1')).toEqual([
      '-e:null bad_override Flow map must end with a }. | Quote the value: -e \'services.prefill.env="..."\'.',
    ]);
  });

  it('is checked like the file, and named as the place of its faults', () => {
    expect(faults('services.prefill.gpu_util=7')).toEqual([
      '-e services.prefill.gpu_util:null out_of_range `gpu_util` must be a fraction, 0.01 to 1; it is `7`.',
    ]);
  });

  it('never shows its value when it is misused', () => {
    const shown = faults(
      'deployment.defaults.pasword=canary',
      'deployment.defaults.password canary',
      'deployment.defaults.password={canary',
    );
    expect(shown).toHaveLength(3);
    expect(shown.join('\n')).not.toContain('canary');
  });
});
