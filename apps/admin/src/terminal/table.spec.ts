import { facts, table } from './table.js';

test('columns stand under the names of their fields, and nothing is a dash', () => {
  expect(table([{ id: 'a', failures: 12, app: null }, { id: 'long', failures: 3, app: 'shop' }])).toBe(
    'id    failures  app\na     12        -\nlong  3         shop\n',
  );
  expect(table([])).toBe('none\n');
});

test('no escape sequence or line break of a text reaches the terminal', () => {
  const shown = table([{ last_error: 'a\u001b[2J\nb\u009bc\u202ed' }]) + facts({ message: 'a\u001b]0;x\u0007\r\nb' });
  expect(shown.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  expect(shown.split('\n')).toHaveLength(4);
});

test('a long text is cut in columns and whole among facts', () => {
  const text = 'x'.repeat(300);
  expect(table([{ text }])).toBe(`text\n${'x'.repeat(99)}…\n`);
  expect(facts({ text })).toContain(text);
});
