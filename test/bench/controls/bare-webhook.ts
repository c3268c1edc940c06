// A notification: the RSA signature over its bytes, and one prepared INSERT into the same two tables.
import { createHash, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { serveBare } from './bare-server.ts';

const KEEP = `
WITH fresh AS (
  INSERT INTO notification_keys (business_key, notification_id) VALUES ($1, $2)
  ON CONFLICT DO NOTHING RETURNING notification_id)
INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
SELECT notification_id, $3, $4, $5, $6, $7 FROM fresh`;

const pem = readFileSync(process.env.CERTIFICATE_FILE ?? '', 'utf8');
const key = new X509Certificate(pem).publicKey;

await serveBare((app, pool) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post<{ Body: Buffer }>('/api/v1/webhooks/lakala', async ({ body, headers }, reply) => {
    const [, timestamp, nonce, signature = ''] =
      /timestamp="(\d+)",nonce_str="(\w+)",signature="([^"]+)"/.exec(headers.authorization ?? '') ?? [];
    const prefix = `${timestamp}\n${nonce}\n`;
    const text = Buffer.concat([Buffer.from(prefix), body, Buffer.from('\n')]);
    if (!verify('sha256', text, key, Buffer.from(signature, 'base64'))) return reply.code(401).send({ code: 'FAIL' });
    const { out_order_no: number } = JSON.parse(body.toString()) as { out_order_no: string };
    const businessKey = createHash('sha256').update(body).digest();
    await pool.query({ name: 'keep', text: KEEP, values: [businessKey, uuidv7(), number, body, prefix, signature, pem] });
    return { code: 'SUCCESS' };
  });
});
