import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';

/**
 * Asks at the terminal without showing what is typed.
 * @throws UserError without a terminal, or at Ctrl-C
 */
export function askSecret(question: string, otherwise: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    return Promise.reject(
      new UserError('no_terminal', `${question}: there is no terminal to ask at.`, { hint: otherwise }),
    );
  }
  // before the question, or what is typed at once is shown
  stdin.setRawMode(true);
  stderr.write(`${question}: `);
  stdin.setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (then: () => void) => {
      stdin.off('data', onData).setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      then();
    };
    const onData = (chunk: string) => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n') return end(() => resolve(typed));
        if (char === '\u0003') {
          return end(() =>
            reject(new UserError('interrupted', 'Nothing was touched.', { exitCode: EXIT.interrupted })),
          );
        }
        // backspace takes a character away, Ctrl-U all of them
        typed = char === '\u007f' || char === '\b' ? typed.slice(0, -1) : char === '\u0015' ? '' : typed + char;
      }
    };
    stdin.on('data', onData);
  });
}
