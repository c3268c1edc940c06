// An order a request, one prepared INSERT each: no validation, no authentication, no log, no wake-up.
import { v7 as uuidv7 } from 'uuid';
import { ORDER_INSERT, orderValues, type BareOrder } from './bare-order.ts';
import { serveBare } from './bare-server.ts';

await serveBare((app, pool) => {
  app.post<{ Body: BareOrder }>('/api/v1/payment-orders', async ({ body }, reply) => {
    const id = uuidv7();
    await pool.query({ name: 'insert', text: ORDER_INSERT, values: orderValues(id, body) });
    return reply.code(202).send({ id, status: 'pending', ...body });
  });
});
