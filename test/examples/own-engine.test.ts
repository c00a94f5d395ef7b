import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { catchError, concat, NEVER, of, Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { abortable } from '../../src/engines/abortable.js';
import type { Llm, Loaded } from '../../src/engines.js';
import { readiness, thisMachine } from '../../src/engines/readiness.js';
import { settled, type Rows } from '../../src/engines/row.js';
import { SpeechError } from '../../src/errors.js';
import { keeps } from '../contracts/keeps.js';
import { llmContract, type LlmSubject } from '../contracts/llm.js';

/** A language model behind a server that writes its answer as plain text, as it comes. */
export function plainLlm(url: string): Loaded<Llm> {
  const llm: Llm = (messages) => abortable(async function* (signal) {
    const { ok, status, body } = await fetch(url, { method: 'POST', body: JSON.stringify(messages), signal });
    if (!ok || body === null) throw new Error(`HTTP ${status}`);
    for await (const text of body.pipeThrough(new TextDecoderStream())) if (text !== '') yield text;
  }).pipe(catchError((cause: unknown) => {
    throw new SpeechError(`The language model at ${url} did not answer.`, { kind: 'stage', stage: 'llm', code: 'llm-failed', retryable: true, cause });
  }));
  return concat(of(llm), NEVER);
}

export const ownRows = {
  plain: {
    name: 'plain', stage: 'llm', licence: 'of the service', languages: 'by model', streams: true, abortable: true,
    needs: ({ baseUrl }) => [{ type: 'server', name: 'the address of a server', given: baseUrl !== undefined, code: 'llm-server-missing', hint: 'Name it.' }],
    load: ({ baseUrl = '' }) => plainLlm(baseUrl),
  },
} as const satisfies Rows<'llm'>;

describe('an engine of your own', () => {
  let servers: Server[];
  let loaded: Subscription;
  let subject: LlmSubject;
  let working = 0;

  const serve = async (status: number): Promise<string> => {
    const server = createServer((request, response) => {
      working++;
      response.on('close', () => working--);
      request.resume().on('end', () => {
        response.writeHead(status).write('Good ');
        setTimeout(() => response.end('day.'), 5);
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.on('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  beforeEach(async () => {
    servers = [];
    const [good, bad] = [await serve(200), await serve(500)];
    loaded = new Subscription();
    const open = (url: string): Promise<Llm> => new Promise((resolve, reject) => loaded.add(plainLlm(url).subscribe({ next: resolve, error: reject })));
    subject = { llm: await open(good), failing: await open(bad), working: () => working };
  });
  afterEach(() => {
    loaded.unsubscribe();
    for (const server of servers) server.close().closeAllConnections();
  });

  keeps(llmContract, () => subject);

  it('is listed with what is missing', async () => {
    const machine = thisMachine('/no/such/folder');
    expect(await readiness(ownRows.plain, settled({}), machine)).toMatchObject({ ready: false, missing: [{ what: 'the address of a server', how: 'Name it.' }] });
    expect(await readiness(ownRows.plain, settled({ baseUrl: 'http://localhost' }), machine)).toMatchObject({ ready: true });
  });
});
