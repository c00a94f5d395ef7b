import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toolsSchema } from '../../src/config/tool-declaration.js';
import type { SpeechError } from '../../src/errors.js';
import type { ToolArgs } from '../../src/tools.js';
import { declaredTools, type DeclaredTools } from '../../src/tools/declared-tools.js';

const KEY = 'canary-4f9a7310';
const env = { WEATHER_KEY: KEY };
const weather = {
  name: 'weather', description: 'The weather.', acts: false,
  parameters: { type: 'object', properties: { city: { type: 'string', minLength: 1 }, days: { type: 'integer', maximum: 7 } }, required: ['city'], additionalProperties: false },
  http: { url: 'https://api.example.com/weather', headers: { authorization: 'Bearer ${WEATHER_KEY}' } },
};
const lamp = { name: 'lamp', description: 'The lamp.', parameters: { type: 'object', properties: { state: { enum: ['on', 'off'] } } }, question: 'Shall I turn the lamp {state}?', command: [process.execPath, '-e', '0'] };

const declare = (tools: readonly unknown[], allow?: readonly string[]): DeclaredTools => declaredTools(tools, { allow, env, readFile: () => '' });
const fromFile = (text: string): DeclaredTools => declaredTools('mine.json', { env, readFile: () => text });
function refusal(work: () => unknown): SpeechError {
  try {
    work();
  } catch (error) {
    return error as SpeechError;
  }
  throw new Error('it was taken');
}

describe('declared tools', () => {
  it('may be used where they do not act, if nobody says which', () => {
    const { tools, withheld, secrets } = declare([weather, lamp]);
    expect(tools.map(({ name, acts, timeout }) => ({ name, acts, timeout }))).toEqual([{ name: 'weather', acts: false, timeout: 10_000 }]);
    expect(withheld).toEqual(['lamp']);
    expect(secrets).toEqual([KEY]);
  });

  it('may be used by name alone, if somebody says which', () => {
    const { tools, withheld } = declare([weather, lamp], ['lamp']);
    expect(tools.map(({ name, acts }) => ({ name, acts }))).toEqual([{ name: 'lamp', acts: true }]);
    expect(withheld).toEqual(['weather']);
    expect(declare([weather, lamp], []).tools).toEqual([]);
  });

  it('ask in their own words', () => {
    expect(declare([lamp], ['lamp']).tools[0]!.question!({ state: 'off' })).toBe('Shall I turn the lamp off?');
  });

  it.each<readonly [args: ToolArgs, wrong: string | undefined]>([
    [{ city: 'Rome' }, undefined],
    [{ city: 'Rome', days: 3 }, undefined],
    [{}, 'city'],
    [{ city: 7 }, 'city'],
    [{ city: 'Rome', days: 8 }, 'days'],
    [{ city: 'Rome', days: 1.5 }, 'days'],
    [{ city: 'Rome', file: 'x' }, 'file'],
    [JSON.parse('{"city":"Rome","__proto__":{"days":1}}') as ToolArgs, '__proto__'],
  ])('look at their arguments: %j', (args, wrong) => {
    const said = declare([weather]).tools[0]!.check!(args);
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(wrong);
  });

  it.each([
    ['number 1 ', [7], 'expected object'],
    ['lamp ', [{ ...lamp, tmeout: 3 }], '"tmeout"'],
    ['lamp ', [{ ...lamp, timeout: '3' }], 'timeout: '],
    ['lamp ', [{ ...lamp, http: weather.http }], 'either http or command'],
    ['lamp ', [{ ...lamp, command: undefined }], 'either http or command'],
    ['lamp ', [{ ...lamp, command: ['/no/such/program'] }], 'command: there is no program /no/such/program'],
    ['lamp ', [{ ...lamp, parameters: { type: 'string' } }], 'parameters.type: '],
    ['lamp ', [{ ...lamp, parameters: { type: 'object', properties: { state: { type: 'colour' } } } }], 'parameters: '],
    ['lamp ', [{ ...lamp, question: 'Shall I turn it {colour}?' }], 'question: {colour} is none of its parameters'],
    ['two words ', [{ ...lamp, name: 'two words' }], 'name: '],
    ['weather ', [{ ...weather, http: { url: 'https://api.example.com', headers: { 'x-key': '${NO_SUCH_KEY}' } } }], 'NO_SUCH_KEY is not set'],
    ['weather ', [{ ...weather, http: { url: 'https://api.example.com', headers: { authorization: KEY } } }], 'http.headers.authorization: a key belongs into an environment variable'],
    ['weather ', [{ ...weather, http: { url: 'file:///etc/passwd' } }], 'http.url: '],
    ['weather ', [{ ...weather, http: { url: 'https://{city}.example.com/' } }], 'arguments may stand in the path and the query only'],
    ['weather ', [{ ...weather, http: { url: 'https://api.example.com/{town}' } }], 'http.url: {town}'],
    ['weather ', [{ ...weather, http: { url: 'https://api.example.com/', args: 'json' } }], 'a GET has no body'],
    ['weather ', [{ ...weather, http: { url: 'https://api.example.com/', headers: { 'x-note': 'a\nb' } } }], 'http.headers.x-note: this is no header'],
  ])('are refused with the tool and the key at fault: %s%j', (tool, tools, why) => {
    const { kind, code, message, hint } = refusal(() => declare(tools));
    expect({ kind, code }).toEqual({ kind: 'config', code: 'bad-tool' });
    expect(message).toContain(`the tool ${tool}in --tools is wrong`);
    expect(message).toContain(why);
    expect(message).not.toContain(KEY);
    expect(hint).toContain('docs/tools.md');
  });

  it('are refused where two have a name, and where one is allowed that does not exist', () => {
    expect(refusal(() => declare([lamp, lamp])).message).toBe('--tools declares the tool lamp twice');
    expect(refusal(() => declare([lamp], ['lmap']))).toMatchObject({ message: '--tools_allow names lmap, and --tools declares no such tool', hint: 'Did you mean lamp?' });
  });

  it('come from a file, whose damage is told by its line', () => {
    expect(fromFile(JSON.stringify({ $schema: './x', tools: [weather] })).tools).toHaveLength(1);
    expect(refusal(() => fromFile(`{\n "tools": [\n  1 2\n`)).message).toBe('the tools file mine.json is not valid JSON: look at line 3');
    expect(refusal(() => fromFile('[]')).message).toContain('mine.json is not an object');
    expect(refusal(() => fromFile('{ "tool": [] }')).message).toContain('mine.json is wrong: ');
    expect(refusal(() => fromFile(JSON.stringify({ tools: [{ ...lamp, acts: 'no' }] }))).message).toBe('the tool lamp in mine.json is wrong: acts: Invalid input: expected boolean, received string');
  });

  it('have a JSON Schema that says the same of what is right and wrong', () => {
    const schema = z.fromJSONSchema(toolsSchema() as never);
    expect(schema.safeParse({ tools: [weather, lamp] }).success).toBe(true);
    expect(schema.safeParse({ tools: [{ ...lamp, tmeout: 3 }] }).success).toBe(false);
    expect(schema.safeParse({ tools: [{ name: 'x' }] }).success).toBe(false);
  });
});
