import { describe, expect, it } from 'vitest';
import { checkApi } from '../../../cli/doctor/api.js';
import type { Api } from '../../../cli/doctor/api.js';
import type { Finding } from '../../../cli/doctor/finding.js';
import { all } from '../../fixtures/all.js';
import { nobody, serve } from '../../models/helpers.js';

const key = 'canary-0123456789';

async function examined(api: Partial<Api>, within?: number): Promise<Finding> {
  const findings = (await all(checkApi({ apiKey: key, baseUrl: undefined, modelName: 'qwen3', ...api }, within))).filter((news) => news.type === 'finding');
  expect(findings).toHaveLength(1);
  expect(JSON.stringify(findings)).not.toContain(key);
  return findings[0]!;
}

/** A server that answers every request so. */
const answering = (status: number, body: unknown) => serve((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));

describe('the check of the language model\'s server', () => {
  it('asks for the list of models once, with the key', async () => {
    const { hub, requests } = await answering(200, { object: 'list', data: [{ id: 'llama3' }, { id: 'qwen3' }] });
    expect(await examined({ baseUrl: `${hub}/v1` })).toMatchObject({ id: 'api.models', verdict: 'good', text: expect.stringContaining('takes the key; it has qwen3') as string });
    expect(requests).toMatchObject([{ url: '/v1/models', headers: { authorization: `Bearer ${key}` } }]);
  });

  it('is cautious where the model that is wanted is not in the list', async () => {
    const { hub } = await answering(200, { data: ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id })) });
    expect(await examined({ baseUrl: `${hub}/v1`, apiKey: undefined })).toMatchObject({ verdict: 'caution', text: expect.not.stringContaining('key') as string, advice: expect.stringContaining('a, b, c, d, e and others') as string });
  });

  it.each([401, 403])('calls a key bad that is refused with %i', async (status) => {
    const { hub, requests } = await answering(status, { error: { message: `no such key: ${key}` } });
    expect(await examined({ baseUrl: `${hub}/v1` })).toMatchObject({ verdict: 'bad', exit: 1, facts: { code: 'llm-key-refused' }, advice: expect.stringContaining('OPENAI_API_KEY') as string });
    expect(requests).toHaveLength(1);
  });

  it('says that the server is not running where nobody listens', async () => {
    expect(await examined({ baseUrl: `${await nobody()}/v1` })).toMatchObject({ verdict: 'bad', exit: 1, text: expect.stringContaining('the server is not running') as string, facts: { code: 'llm-unreachable' } });
  });

  it('gives one up that does not answer', async () => {
    const { hub } = await serve(() => undefined);
    expect(await examined({ baseUrl: hub }, 200)).toMatchObject({ verdict: 'bad', exit: 1, text: expect.stringContaining('did not answer within 0.2 s') as string });
  });

  it('is cautious where there is no such list', async () => {
    const { hub } = await answering(404, {});
    expect(await examined({ baseUrl: hub })).toMatchObject({ verdict: 'caution', facts: { code: 'llm-no-list' }, advice: expect.stringContaining('/v1') as string });
  });

  it.each([[500, {}, 'llm-failed'], [200, { hello: 'world' }, 'llm-nonsense'], [200, 'It works!', 'llm-nonsense']])('calls an answer of %i %j bad', async (status, body, code) => {
    const { hub } = await answering(status, body);
    expect(await examined({ baseUrl: hub })).toMatchObject({ verdict: 'bad', facts: { code } });
  });

  it('calls an address that is none a fault of the configuration', async () => {
    expect(await examined({ baseUrl: 'localhost:11434' })).toMatchObject({ verdict: 'bad', exit: 2 });
  });
});
