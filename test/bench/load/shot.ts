import type { Dispatcher } from 'undici';

/** One request, and the one status that counts as its answer. */
export interface Shot {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer | null;
  expects: number;
}

/** Of an answer, what says whether the request was served. */
export interface Hit {
  status: number;
  /** Whether it says when to come again. */
  hasRetryAfter: boolean;
}

/** Sends it and reads the answer to its end; rejects for any other status, or no answer. */
export async function fire(dispatcher: Dispatcher, shot: Shot): Promise<void> {
  const { status } = await send(dispatcher, shot);
  if (status !== shot.expects) throw new Error(`${shot.method} ${shot.path} was answered with ${status}`);
}

/** As {@link fire}, whatever the status is. */
export function send(dispatcher: Dispatcher, { method, path, headers, body }: Shot): Promise<Hit> {
  return new Promise((resolve, reject) => {
    const hit: Hit = { status: 0, hasRetryAfter: false };
    // Below undici's request(), which makes a stream of each answer: the generator takes from the machine that is measured.
    dispatcher.dispatch(
      { method, path, headers, body },
      {
        onRequestStart: () => undefined,
        onResponseData: () => undefined,
        onResponseStart: (_controller, statusCode, answered) => {
          hit.status = statusCode;
          hit.hasRetryAfter = Number(answered['retry-after']) > 0;
        },
        onResponseEnd: () => resolve(hit),
        onResponseError: (_controller, error) => reject(new Error(`${method} ${path} had no answer: ${error.message}`)),
      },
    );
  });
}
