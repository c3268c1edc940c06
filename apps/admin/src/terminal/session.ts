import type { DataSource } from 'typeorm';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { AdminConfiguration } from '../admin.configuration.js';
import { connect } from '../connect.js';
import { operatorName } from '../operator/operator-name.js';

/** Where a command reads its settings and writes its words. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  out(text: string): void;
  err(text: string): void;
}

export interface CommandOptions {
  json?: boolean;
  operator?: string;
}

/** What a command has to say, for people and for machines. */
export interface Answer {
  text: string;
  json: unknown;
  /** 1 says "no" to a script that asked. */
  exitCode?: 0 | 1;
}

/** One run of the command line. */
export class Session {
  exitCode = 0;
  readonly terminal: Terminal;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** Connects, does the work, and prints its answer in the form that was asked for. */
  async answer(
    options: CommandOptions,
    work: (database: DataSource, operator: string) => Promise<Answer>,
    limits: { statementTimeoutMs?: number } = {},
  ): Promise<void> {
    const configuration = loadConfiguration(AdminConfiguration, this.terminal.env);
    const database = await connect(configuration.database, limits);
    try {
      const { text, json, exitCode = 0 } = await work(database, operatorName(options.operator ?? configuration.operator));
      this.terminal.out(options.json ? `${JSON.stringify(json)}\n` : text);
      this.exitCode = exitCode;
    } finally {
      await database.destroy();
    }
  }
}
