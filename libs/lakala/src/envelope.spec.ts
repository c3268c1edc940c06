import fc from 'fast-check';
import { createAnswer2024 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { buildRequest, parseEnvelope } from './envelope.js';
import { MessageError } from './message-error.js';

const parse = (text: string) => parseEnvelope(Buffer.from(text));

describe('buildRequest', () => {
  it('wraps the data with China time and version 3.0', () => {
    const body = buildRequest({ out_order_no: 'a', order_info: '测试' }, new Date('2024-08-29T03:38:08Z'));
    expect(JSON.parse(body)).toEqual({
      req_time: '20240829113808',
      version: '3.0',
      req_data: { out_order_no: 'a', order_info: '测试' },
    });
  });
});

describe('parseEnvelope', () => {
  it('reads the real answer', () => {
    expect(parseEnvelope(createAnswer2024.body)).toMatchObject({
      code: '000000',
      message: '操作成功',
      respData: { out_order_no: 'ORD20240829113808' },
    });
  });

  it('reads a failure without data, and one that spells msg as message', () => {
    expect(parse('{"code":"000095","msg":"dup"}')).toEqual({ code: '000095', message: 'dup', respData: undefined });
    expect(parse('{"code":"BBS11184","message":"off","resp_data":null}').message).toBe('off');
    expect(parse('{"code":710038,"msg":7,"resp_data":""}')).toEqual({ code: '710038', message: '7', respData: undefined });
    expect(parse('{"code":"1","msg":{},"resp_data":[]}')).toEqual({ code: '1', message: '', respData: undefined });
  });

  it.each(['', 'null', '[]', '"x"', '{}', '{"code":""}', '{"code":{}}', '{"code":true}', '<html>', '{"code":"1"'])(
    'refuses %s',
    (text) => expect(() => parse(text)).toThrow(MessageError),
  );

  it('says what is wrong with a body that is JSON but no object', () => {
    expect(() => parse('["000000"]')).toThrow(/^body is not an object$/);
  });

  it('never quotes a body it could not read', () => {
    expect(() => parse('secret')).toThrow(/^body is not JSON$/);
  });

  it('throws nothing but MessageError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map((text) => Buffer.from(text))), (raw) => {
        try {
          parseEnvelope(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(MessageError);
        }
      }),
    );
  });
});
