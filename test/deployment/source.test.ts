import { expect, it } from 'vitest';
import { parse, SOUND } from './sample.ts';

it('keeps the names of the sources of secrets, and none of their values', () => {
  const text = SOUND.replace('user: root', 'user: root, password: hunter22, passphrase: {env: KEY_PASS}');
  const { deployment, faults } = parse(text, [
    'services.prefill.env.HF_TOKEN=hf_abcdefgh',
    'deployment.defaults.passphrase={file: /run/pass}',
    'services.prefill.max_model_len=1024',
  ]);
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { document, overrides } = deployment!.source!;
  expect(overrides).toEqual([
    'services.prefill.env.HF_TOKEN=[REDACTED]',
    'deployment.defaults.passphrase={"file":"/run/pass"}',
    'services.prefill.max_model_len=1024',
  ]);
  expect(document).toMatchObject({
    deployment: { defaults: { password: '[REDACTED]', passphrase: { file: '/run/pass' } } },
    services: { prefill: { max_model_len: 1024, env: { HF_TOKEN: '[REDACTED]' } } },
  });
  expect(JSON.stringify(document)).not.toMatch(/hunter22|hf_abcdefgh/);
});
