import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Log } from '../logging/log.js';
import type { Metrics } from './metrics.js';

/** Where {@link ManagementServer} listens. */
export interface ManagementAddress {
  readonly port: number;
  /** All interfaces when left out: Prometheus comes from another machine. */
  readonly host?: string;
}

/**
 * `GET /metrics` on a port of its own, and 404 for everything else. As a Nest provider it starts and stops with the
 * application, after which metrics of the shutdown itself have been readable to the end.
 */
export class ManagementServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly address: ManagementAddress,
    private readonly log: Log,
  ) {}

  /** Listens; resolves with the port, which differs from the wanted one only if that was 0. Rejects if it is taken. */
  async start(): Promise<number> {
    const server = createServer((request, response) => void this.answer(request, response));
    // A scrape is one short request: nobody holds a connection open for more.
    server.requestTimeout = 10_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.address.port, this.address.host, resolve);
    });
    this.server = server;
    const { port } = server.address() as AddressInfo;
    this.log.info('management_listening', { management_port: port });
    return port;
  }

  /** Closes the port and every connection; harmless when it never started. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const { contentType, text } = await this.metrics.exposition();
      response.writeHead(200, { 'content-type': contentType }).end(text);
    } catch (error) {
      this.log.error('metrics_unreadable', { error });
      response.writeHead(500).end();
    }
  }
}
