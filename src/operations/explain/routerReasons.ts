import type { Router } from '../../engines/router.ts';
import { quote } from '../../shell/quote.ts';
import type { Reasoned } from '../../topology/reasoned.ts';

type Reasons = Readonly<Record<string, Reasoned>>;

/** The servers a router passes requests on to, its own values, and whether they change while it serves, where it can do that. */
export function routerReasons(router: Router): Reasons {
  return { ...listReasons(router), ...router.reasons(), ...changeReasons(router) };
}

function listReasons(router: Router): Reasons {
  const list = router.list();
  return Object.fromEntries(
    list.map(({ role, because }) => {
      const value = list.flatMap((entry) => (entry.role === role ? entry.servers : []));
      return [`${role}_servers`, { value, because }];
    }),
  );
}

function changeReasons(router: Router): Reasons {
  const [example] = router.list();
  if (example === undefined) return {};
  const row = (key: string, argv: readonly string[] | undefined): Reasons =>
    argv === undefined
      ? {}
      : {
          [key]: {
            value: 'while serving',
            because: `the router needs no restart; for ${example.master}: ${quote(argv)}`,
          },
        };
  return {
    ...row('add_instance', router.add?.(example)),
    ...row('remove_instance', router.remove?.(example)),
    ...(router.reload === undefined
      ? {}
      : {
          reload: {
            value: 'while serving',
            because: `other servers or settings need no restart: ${quote(router.reload)}`,
          },
        }),
  };
}
