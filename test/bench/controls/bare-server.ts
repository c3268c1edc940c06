import Fastify, { type FastifyInstance } from 'fastify';
import pg from 'pg';

/** A server with nothing but a pool: what the machine, PostgreSQL and Fastify give without a product. */
export async function serveBare(addRoutes: (app: FastifyInstance, pool: pg.Pool) => void): Promise<void> {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE), idleTimeoutMillis: 0 });
  const app = Fastify({ logger: false });
  app.get('/health/ready', async () => {
    await pool.query('SELECT 1');
    return 'ready';
  });
  addRoutes(app, pool);
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}
