import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../../src/rendering/template.ts';

describe('fillTemplate', () => {
  it('fills names and loops, and escapes nothing', () => {
    expect(
      fillTemplate('<% for (const [k, v] of env) { -%>\nexport <%= k %>=<%= v %>\n<% } -%>\nend <%= a %>', {
        env: [['A', "'<&>'"]],
        a: 1,
      }),
    ).toBe("export A='<&>'\nend 1");
  });

  it('refuses a name it was not given, globals too', () => {
    expect(() => fillTemplate('<%= port %>', { prot: 1 })).toThrow("undefined variable 'port'");
    expect(() => fillTemplate('<%= process.env.HOME %>', {})).toThrow("undefined variable 'process'");
  });
});
