import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from '../stack/project.ts';
import { markdownPages, readPage, withoutCode } from './markdown.ts';

const pages = markdownPages();

interface Link {
  page: string;
  target: string;
}

/** Links to places of this project: neither addresses nor mail. */
function linksOf(page: string): Link[] {
  const text = withoutCode(readPage(page));
  const targets = [...text.matchAll(/\]\(<?([^()\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target)).map((target) => ({ page, target }));
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm);
  return new Set(
    [...headings].map(([, title = '']) => {
      const slug = title.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

function problemOf({ page, target }: Link): string | null {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
  if (file.startsWith('..')) return `${page}: ${target} leads out of the project`;
  if (!existsSync(join(ROOT, file))) return `${page}: there is no ${target}`;
  if (anchor === undefined || statSync(join(ROOT, file)).isDirectory() || !file.endsWith('.md')) return null;
  return anchorsOf(file).has(decodeURIComponent(anchor)) ? null : `${page}: there is no heading ${target}`;
}

test('every link between the pages of the project leads somewhere', () => {
  const links = pages.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(30);
  expect(links.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
});

test('a link to a page, a folder or a heading that is not there is found', () => {
  const broken = ['nowhere.md', 'docs/', '#no-such-heading', 'docs/operations.md#no-such-heading', '../elsewhere.md'];
  const problems = broken.map((target) => problemOf({ page: 'README.md', target }));
  expect(problems.map((problem) => problem !== null)).toEqual([true, false, true, true, true]);
});

test.each([
  ['README.md', 'README.zh-CN.md'],
  ['docs/integrating.md', 'docs/integrating.zh-CN.md'],
])('%s and %s have the same sections and link to each other', (english, chinese) => {
  const levels = (page: string): string[] =>
    [...readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^(#{1,6}) /gm)].map(([, level = '']) => level);
  expect(levels(chinese)).toEqual(levels(english));
  const name = (page: string): string => page.split('/').at(-1) ?? page;
  expect(linksOf(english).map(({ target }) => target)).toContain(name(chinese));
  expect(linksOf(chinese).map(({ target }) => target)).toContain(name(english));
});
