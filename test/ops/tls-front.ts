import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { selfSignedCertificate } from '../lakala-sandbox/certificate.ts';

export interface TlsFront {
  port: number;
  /** What its callers must trust. */
  certificate: string;
  stop(): Promise<void>;
}

/** Speaks TLS as a host of this name, and hands on what it hears to a port of this machine. */
export async function startTlsFront(host: string, port: number): Promise<TlsFront> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = selfSignedCertificate(privateKey, { country: 'CN', organization: 'Test', commonName: host }, new Date());
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const server = createServer({ key, cert: certificate }, (caller) => {
    const behind = connect(port, '127.0.0.1');
    caller.pipe(behind).pipe(caller);
    // Either end may go away at any time: the other is told by its end.
    caller.on('error', () => behind.destroy());
    behind.on('error', () => caller.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
