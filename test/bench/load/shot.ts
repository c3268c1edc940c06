import type { Dispatcher } from 'undici';

/** One request, and the one status that counts as its answer. */
export interface Shot {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer | null;
  expects: number;
}

/** Sends it and reads the answer to its end; rejects for any other status, or no answer. */
export function fire(dispatcher: Dispatcher, { method, path, headers, body, expects }: Shot): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    // Below undici's request(), which makes a stream of each answer: the generator takes from the machine that is measured.
    dispatcher.dispatch(
      { method, path, headers, body },
      {
        onRequestStart: () => undefined,
        onResponseData: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseEnd: () => (status === expects ? resolve() : reject(new Error(`${method} ${path} was answered with ${status}`))),
        onResponseError: (_controller, error) => reject(new Error(`${method} ${path} had no answer: ${error.message}`)),
      },
    );
  });
}
