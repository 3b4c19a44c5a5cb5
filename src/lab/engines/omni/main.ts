import { exitOnRefusal } from '../shared/refusal.ts';

/** The lab's `vllm`, `ray` and `nginx` are this one program; their commands name the part they want first. */
const [part, ...argv] = process.argv.slice(2);

exitOnRefusal(async () => {
  switch (part) {
    case 'serve':
      return (await import('./serve.ts')).serve(argv);
    case 'nginx':
      return (await import('./proxy/nginx.ts')).nginx(argv);
    case 'ray':
      return (await import('./ray/ray.ts')).ray(argv);
    default:
      process.stderr.write(`usage: serve | nginx | ray, not '${part ?? ''}'\n`);
      process.exit(2);
  }
});
