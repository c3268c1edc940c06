import { readOptions } from './options.ts';

const ROWS = ['create', 'query'];

describe('readOptions', () => {
  it('runs everything, in three pairs, on a quiet machine, unless told otherwise', () => {
    expect(readOptions([], ROWS)).toEqual({
      only: null,
      long: false,
      seconds: 4,
      pairs: 3,
      minutes: 10,
      orders: 10_000_000,
      traces: null,
      force: false,
      svg: null,
    });
  });

  it('takes rows one by one or with commas', () => {
    expect(readOptions(['--only', 'query', '--only', 'create'], ROWS).only).toEqual(['query', 'create']);
    expect(readOptions(['--only', 'query,create'], ROWS).only).toEqual(['query', 'create']);
  });

  it('runs the slow rows too where it is asked to, for as long and with as many orders as said', () => {
    expect(readOptions(['--long', '--minutes', '2', '--orders', '200000'], ROWS)).toMatchObject({ long: true, minutes: 2, orders: 200_000 });
  });

  it('has traces sent, of a share of the orders', () => {
    expect(readOptions(['--traces', '0.1'], ROWS).traces).toBe(0.1);
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
    [['--minutes', '0'], '--minutes is a whole number from 1 to 600'],
    [['--orders', '1e9'], '--orders is a whole number from 100000 to 100000000'],
    [['--traces', '2'], '--traces is a number from 0 to 1'],
    [['--traces', ''], '--traces is a number'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, reason) => {
    expect(() => readOptions(args, ROWS)).toThrow(reason);
  });
});
