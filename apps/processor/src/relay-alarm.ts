import { Injectable } from '@nestjs/common';

/** Lets whoever committed an event wake the relay of this process, without knowing it. */
@Injectable()
export class RelayAlarm {
  private wake: () => void = () => undefined;

  /** The relay's loop, once there is one. */
  connect(wake: () => void): void {
    this.wake = wake;
  }

  ring(): void {
    this.wake();
  }
}
