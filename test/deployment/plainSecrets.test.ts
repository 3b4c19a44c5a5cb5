import { describe, expect, it } from 'vitest';
import { masked, plainSecrets } from '../../src/deployment/plainSecrets.ts';
import { isSecretName } from '../../src/deployment/secretName.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { parse, SOUND } from './sample.ts';

describe('secrets in plain text', () => {
  it('are told by the names of variables', () => {
    const secret = ['HF_TOKEN', 'VLLM_API_KEY', 'aws_secret_access_key', 'DB_PASSWORD', 'MODELSCOPE_CREDENTIAL', 'PWD'];
    const other = ['MAX_TOKENS', 'TOKENIZERS_PARALLELISM', 'HCCL_BUFFSIZE', 'KEY_CACHE', 'PASSES', 'MONKEY'];
    expect(secret.filter(isSecretName)).toEqual(secret);
    expect(other.filter(isSecretName)).toEqual([]);
  });

  it('raise a warning each, which names the better way', () => {
    const text = SOUND.replace(
      /^services:$/m,
      `services:
  http_proxy: http://ann:canary-1@10.0.0.250:3128
  container: {flags: ["--memory=1t", -e, HF_TOKEN=canary-2, --env=HCCL_TOKEN=canary-3, -e, MAX_TOKENS=4096]}
  decode: {env: {HF_TOKEN: canary-4, AUTH_KEY: "1234", HCCL_BUFFSIZE: 512}, extra_args: [--api-key, canary-5]}`,
    );
    const found = parse(text).faults.filter(({ code }) => code === 'plain_secret');
    const better = (what: string) =>
      `Keep it in a file that root alone can read on the hosts, ${what}, and name that: \`container: {flags: ["--env-file=/root/secrets.env"]}\`.`;
    expect(found.map(({ severity, path, message, hint }) => [severity, path, message, hint])).toEqual([
      [
        'warning',
        'services.http_proxy',
        'The password of `http_proxy` stands in the file as plain text.',
        better('with lines http_proxy=... and https_proxy=...'),
      ],
      [
        'warning',
        'services.container.flags.2',
        "`HF_TOKEN` stands in the file as plain text, and among docker's arguments, which every user of the host can list.",
        better('with a line HF_TOKEN=...'),
      ],
      [
        'warning',
        'services.container.flags.3',
        "`HCCL_TOKEN` stands in the file as plain text, and among docker's arguments, which every user of the host can list.",
        better('with a line HCCL_TOKEN=...'),
      ],
      [
        'warning',
        'services.decode.env.HF_TOKEN',
        '`HF_TOKEN` stands in the file as plain text.',
        better('with a line HF_TOKEN=...'),
      ],
      [
        'warning',
        'services.decode.extra_args',
        "`--api-key` puts a key among the engine's arguments, which every user of the host can list.",
        `${better('with a line VLLM_API_KEY=...')} Name a copy on this machine in \`services.api_key\`, for example \`{env: VLLM_API_KEY}\`: serve and status ask with it.`,
      ],
    ]);
  });

  it('lead to services.api_key where they are the key of servers, unless it is set', () => {
    const written = (services: string) =>
      parse(SOUND.replace(/^services:$/m, `services:\n${services}`))
        .faults.filter(({ code }) => code === 'plain_secret')
        .map(({ hint }) => hint?.includes('services.api_key'));
    const env = '  decode: {env: {VLLM_API_KEY: canary, HF_TOKEN: canary}}';
    expect(written(env)).toEqual([true, false]);
    expect(written('  container: {flags: [-e, VLLM_API_KEY=canary]}')).toEqual([true]);
    expect(written(`  api_key: {env: KEY}\n${env}`)).toEqual([false, false]);
  });

  it('are all found in a deployment, and masked in whatever is shown of it', () => {
    const deployment = fakeDeployment();
    const [group] = deployment.decode;
    const settings = { ...group!.settings, env: { HF_TOKEN: "it's canary", MAX_TOKENS: '4096' } };
    const secrets = plainSecrets({
      ...deployment,
      httpProxy: 'http://ann:canary-1@10.0.0.250:3128',
      container: { ...deployment.container, flags: ['-e', 'API_KEY=canary-2'] },
      decode: [{ ...group!, settings, hosts: group!.hosts.map((host) => ({ ...host, settings })) }],
    });
    expect(secrets).toEqual(['ann:canary-1', "it's canary", 'canary-2']);
    const shown = masked(
      { text: "export HF_TOKEN='it'\\''s canary'\n", argv: ['-e', 'API_KEY=canary-2'], count: 3, none: null },
      secrets,
    );
    expect(shown).toEqual({
      text: "export HF_TOKEN='[REDACTED]'\n",
      argv: ['-e', 'API_KEY=[REDACTED]'],
      count: 3,
      none: null,
    });
  });
});
