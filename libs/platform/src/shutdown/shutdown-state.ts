import { Global, Module } from '@nestjs/common';

/** Whether this process has been told to stop; once true it stays so. */
export class ShutdownState {
  private begun = false;

  /** True from the signal on: take on no new work, and be unready. */
  get isShuttingDown(): boolean {
    return this.begun;
  }

  /** Called on the signal. */
  begin(): void {
    this.begun = true;
  }
}

/** Provides the process's one {@link ShutdownState} everywhere. */
@Global()
@Module({ providers: [ShutdownState], exports: [ShutdownState] })
export class ShutdownModule {}
