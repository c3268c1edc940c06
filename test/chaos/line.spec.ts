import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/until.ts';
import { Line } from './line.ts';

const servers: Server[] = [];
const lines: Line[] = [];

afterEach(async () => {
  await Promise.all(lines.splice(0).map((line) => line.close()));
  for (const server of servers.splice(0)) server.close();
});

/** Answers every word with its own name before it. */
async function echo(name: string): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (word) => socket.write(`${name}:${word.toString()} `));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function lineTo(...ends: { host: string; port: number }[]): Promise<Line> {
  const line = new Line(() => ends);
  lines.push(line);
  await line.open();
  return line;
}

interface Caller {
  socket: Socket;
  heard: () => string;
}

function call(line: Line): Caller {
  const socket = connect(line.port, '127.0.0.1');
  let heard = '';
  socket.on('data', (word) => (heard += word.toString()));
  socket.on('error', () => socket.destroy());
  return { socket, heard: () => heard };
}

async function heard(caller: Caller, text: string): Promise<void> {
  await until(`"${text}" to be heard`, 5_000, () => caller.heard() === text);
}

test('a whole line carries every word', async () => {
  const caller = call(await lineTo(await echo('a')));
  caller.socket.write('1');
  await heard(caller, 'a:1 ');
});

test('who listens hears what each caller says, one by one, and nothing of the answers', async () => {
  const heardOn: string[] = [];
  const end = await echo('a');
  const line = new Line(() => [end], () => {
    const at = heardOn.push('') - 1;
    return (chunk) => (heardOn[at] += chunk.toString());
  });
  lines.push(line);
  await line.open();
  for (const word of ['1', '2']) {
    const caller = call(line);
    caller.socket.write(word);
    await heard(caller, `a:${word} `);
  }
  expect(heardOn).toEqual(['1', '2']);
});

test('a line that is cut breaks what is open, refuses what comes, and serves again once mended', async () => {
  const line = await lineTo(await echo('a'));
  const caller = call(line);
  caller.socket.write('1');
  await heard(caller, 'a:1 ');
  line.spoil('cut');
  await until('the connection to break', 5_000, () => caller.socket.destroyed);
  const refused = call(line);
  await until('the new one to be refused', 5_000, () => refused.socket.destroyed);
  line.mend();
  const later = call(line);
  later.socket.write('2');
  await heard(later, 'a:2 ');
});

test('a silent line keeps what is said, and gives it all, in order, once mended', async () => {
  const line = await lineTo(await echo('a'));
  const caller = call(line);
  caller.socket.write('1');
  await heard(caller, 'a:1 ');
  line.spoil('silent');
  caller.socket.write('2');
  await delay(50);
  caller.socket.write('3');
  await delay(50);
  expect(caller.heard()).toBe('a:1 ');
  line.mend();
  await until('both words to arrive', 5_000, () => /^a:1 (a:2 a:3|a:23) $/.test(caller.heard()));
});

test('a slow line delays what is said', async () => {
  const line = await lineTo(await echo('a'));
  const caller = call(line);
  await once(caller.socket, 'connect');
  line.spoil('slow');
  const from = performance.now();
  caller.socket.write('1');
  await heard(caller, 'a:1 ');
  expect(performance.now() - from).toBeGreaterThan(250);
});

test('of several ends each is served in turn, and one that is away is passed over', async () => {
  const away = await echo('away');
  servers.splice(0).forEach((server) => server.close());
  const line = await lineTo(await echo('a'), await echo('b'), away);
  const answers = new Set<string>();
  for (let turn = 0; turn < 6; turn += 1) {
    const caller = call(line);
    caller.socket.write('x');
    await until('an answer', 5_000, () => caller.heard() !== '');
    answers.add(caller.heard());
  }
  expect(answers).toEqual(new Set(['a:x ', 'b:x ']));
});
