import { Controller, Get, Header, Res } from '@nestjs/common';
import { HealthReport, type HealthAnswer } from './health-report.js';

interface Reply {
  status(code: number): unknown;
}

/** `/health/live` says that the process runs, `/health/ready` and `/health` that it can serve: 200, or 503 when it cannot. */
@Controller('health')
export class HealthController {
  constructor(private readonly report: HealthReport) {}

  @Get('live')
  @Header('cache-control', 'no-store')
  live(): HealthAnswer {
    return { status: 'ok', checks: {} };
  }

  @Get(['', 'ready'])
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<HealthAnswer> {
    const answer = await this.report.read();
    reply.status(answer.status === 'unavailable' ? 503 : 200);
    return answer;
  }
}
