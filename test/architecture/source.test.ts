import { describe, expect, it } from 'vitest';
import { readSource } from './source.ts';

const importsOf = (text: string) => readSource('a.ts', text).imports;

describe('reading a source', () => {
  it('finds every form of import and tells types from values', () => {
    expect(
      importsOf(`
import { a } from './a.ts';
import type { B } from './b.ts';
import { type C, type D } from './c.ts';
import { type E, f } from './e.ts';
import * as g from "./g.ts";
import {
  h,
  i,
} from './h.ts';
import './side.ts';
export { j } from './j.ts';
export type { K } from './k.ts';
export * from './l.ts';
import type from './type.ts';
`).map((each) => `${each.from} ${each.typeOnly ? 'type' : 'value'}`),
    ).toEqual([
      './a.ts value',
      './b.ts type',
      './c.ts type',
      './e.ts value',
      './g.ts value',
      './h.ts value',
      './side.ts value',
      './j.ts value',
      './k.ts type',
      './l.ts value',
      './type.ts value',
    ]);
  });

  it('finds import() calls and counts those that are not of one plain string', () => {
    const source = readSource(
      'a.ts',
      `await import('./a.ts'); import(name); import(\`./\${'x'}.ts\`); import('./b' + c); const x = { import: 1 }; y.import('z');`,
    );
    expect(source.imports).toEqual([{ from: './a.ts', typeOnly: false, dynamic: true }]);
    expect(source.computedImports).toBe(3);
  });

  it('does not take comments, strings, templates or regular expressions for code', () => {
    const text = [
      "// import { a } from './comment.ts'",
      "/* eval('x')",
      "import './comment.ts' */",
      'const s = "import { b } from \'./string.ts\'; eval";',
      'const t = `import "./template.ts" eval $'.concat('{eval_(`inner eval $', '{1}`)} eval`;'),
      `const r = /["'\`] eval \\/ [/"] import\\('x'\\)/g;`,
      "const q = a / b; const z = 'eval' / 2;",
    ].join('\n');
    const source = readSource('a.ts', text);
    expect(source.imports).toEqual([]);
    expect(source.computedImports).toBe(0);
    expect(source.bare).not.toMatch(/\beval\b/);
    expect(source.bare).toContain('eval_(');
    expect(source.bare).toContain('const z =');
  });

  it('takes no end of a JSX element for a regular expression', () => {
    const text = "const a = <p>{x}</p>; const b = <Age at={y} />; const c = 'eval';\nimport './after.ts'; // </p>\n";
    const { bare, imports } = readSource('a.tsx', text);
    expect(bare).toContain('const b = <Age at={y} />; const c =');
    expect(imports.map((each) => each.from)).toEqual(['./after.ts']);
  });

  it('keeps on reading code after what looks like the start of a string', () => {
    const text =
      "const quote = /'/; const half = total / 2; // it's\nif (x) return /\"/.test(y);\nimport './after.ts';\n";
    expect(importsOf(text).map((each) => each.from)).toEqual(['./after.ts']);
  });

  it('finds the comments, and joins the lines of one', () => {
    const text =
      "/** One. */\n// Two,\n// still two. It's\n\n// Three.\na; // Four.\n// Five.\n  /**\n   * Six,\n   *\n   * * `7`.\n   */\n'// no'; `// no $".concat(
        '{/* Eight. */ 8}`;\n',
      );
    expect(readSource('a.ts', text).comments).toEqual([
      { line: 1, text: 'One.' },
      { line: 2, text: "Two,\nstill two. It's" },
      { line: 5, text: 'Three.' },
      { line: 6, text: 'Four.' },
      { line: 7, text: 'Five.' },
      { line: 8, text: '\nSix,\n\n* `7`.\n' },
      { line: 13, text: 'Eight.' },
    ]);
  });

  it('keeps every line and column where it was', () => {
    const text = "a /* b */ 'c'\n`d\ne` // f\n";
    const { code, bare } = readSource('a.ts', text);
    expect(code).toBe("a         'c'\n`d\ne`     \n");
    expect(bare).toBe("a         ' '\n` \n `     \n");
  });

  it('counts lines', () => {
    expect(readSource('a.ts', '').lines).toBe(0);
    expect(readSource('a.ts', 'a').lines).toBe(1);
    expect(readSource('a.ts', 'a\nb\n').lines).toBe(2);
  });
});
