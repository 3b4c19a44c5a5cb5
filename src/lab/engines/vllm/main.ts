import { exitOnRefusal } from '../shared/refusal.ts';

/** argv.py starts a part with the arguments that it has accepted, as JSON. */
const [part, given = '{}'] = process.argv.slice(2);

exitOnRefusal(async () => {
  switch (part) {
    case 'serve':
      return (await import('./serve.ts')).serveVllm(JSON.parse(given));
    case 'router':
      return (await import('./router/startRouter.ts')).startRouter(JSON.parse(given));
    default:
      process.stderr.write(`usage: serve | router, not '${part ?? ''}'\n`);
      process.exit(2);
  }
});
