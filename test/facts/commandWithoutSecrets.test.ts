import { expect, it } from 'vitest';
import { commandWithoutSecrets } from '../../src/facts/commandWithoutSecrets.ts';

it.each([
  ['python3 serve.py --api-key sesame --port 8000', 'python3 serve.py --api-key *** --port 8000'],
  ['serve --api-key=sesame', 'serve --api-key=***'],
  ['env HF_TOKEN=abcdef python3 x.py', 'env HF_TOKEN=*** python3 x.py'],
  ['curl --proxy http://user:word@h:1 x', 'curl --proxy http://***@h:1 x'],
  ['run --credential abcd --passphrase zzzz', 'run --credential *** --passphrase ***'],
  ['vllm serve /m --max-num-batched-tokens 8192', 'vllm serve /m --max-num-batched-tokens 8192'],
  ['vllm serve /m --tokenizer-mode slow', 'vllm serve /m --tokenizer-mode slow'],
  ['serve --hf-token --verbose', 'serve --hf-token --verbose'],
  ['java -Xmx4g  -jar a.jar', 'java -Xmx4g  -jar a.jar'],
])('%s', (command, shown) => {
  expect(commandWithoutSecrets(command)).toBe(shown);
});
