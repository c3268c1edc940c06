import { readOptions } from './options.ts';

const ROWS = ['create', 'query'];

describe('readOptions', () => {
  it('runs everything, in three pairs, on a quiet machine, unless told otherwise', () => {
    expect(readOptions([], ROWS)).toEqual({ only: null, seconds: 8, pairs: 3, force: false, svg: null });
  });

  it('takes rows one by one or with commas', () => {
    expect(readOptions(['--only', 'query', '--only', 'create'], ROWS).only).toEqual(['query', 'create']);
    expect(readOptions(['--only', 'query,create'], ROWS).only).toEqual(['query', 'create']);
  });

  it.each(['--force', '--noisy'])('%s goes on where it is not quiet', (flag) => {
    expect(readOptions([flag], ROWS).force).toBe(true);
  });

  it.each([
    [['--only', 'creates'], 'there is no such row; there are create, query'],
    [['--only', ''], 'there is no such row'],
    [['--pairs', '2'], '--pairs is a whole number from 3 to 99'],
    [['--seconds', '0'], '--seconds is a whole number from 1 to 600'],
    [['--seconds', ''], '--seconds is a whole number'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, reason) => {
    expect(() => readOptions(args, ROWS)).toThrow(reason);
  });
});
