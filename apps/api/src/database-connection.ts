import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Log } from '#platform/logging/log.js';
import { isDatabaseOutage } from '#platform/postgres/database-outage.js';
import { openDataSource } from '#platform/postgres/open-data-source.js';

const RETRY_MS = 1000;

/**
 * Opens the database when the process starts, and goes on trying where it is away: until then requests are answered
 * 503 and health is unready, which says more than a process that restarts for ever.
 */
@Injectable()
export class DatabaseConnection implements OnModuleInit, OnApplicationShutdown {
  private retry: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.open();
  }

  /** After the server has closed: what is under way needs the database to the end. */
  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.retry);
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async open(): Promise<void> {
    try {
      await openDataSource(this.dataSource);
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
      this.log.warn('postgres_unreachable', { error, retry_in_ms: RETRY_MS });
      if (!this.isStopped) this.retry = setTimeout(() => void this.open(), RETRY_MS);
    }
  }
}
