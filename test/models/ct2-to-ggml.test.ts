import { describe, expect, it, onTestFinished } from 'vitest';
import { ct2ToGgml } from '../../src/models/ct2-to-ggml.js';
import { sha256 } from './helpers.js';

// float16 numbers and what they are.
const HALVES: [bits: number, value: number][] = [[0x3c00, 1], [0xc000, -2], [0x3555, 0.333251953125], [0x0001, 2 ** -24], [0x8000, -0], [0x7c00, Infinity]];

const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
const u32 = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
const text = (value: string): Buffer => Buffer.concat([u16(value.length + 1), Buffer.from(`${value}\0`)]);

/** `count` float16 numbers, beginning with the one numbered `start` of an endless row. */
const halves = (start: number, count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => u16(HALVES[(start + i) % HALVES.length]![0])));
const floats = (start: number, count: number): Buffer => Buffer.from(Float32Array.from({ length: count }, (_, i) => HALVES[(start + i) % HALVES.length]![1]).buffer);

// A Whisper of one layer a side, state 2, two mel bands and three tokens: every variable begins at its own place in the row.
const SHAPES: Record<string, number[]> = {
  'decoder/embeddings/weight': [3, 2],
  'decoder/position_encodings/encodings': [4, 2],
  'encoder/position_encodings/encodings': [5, 2],
  'encoder/conv1/weight': [2, 2, 3], 'encoder/conv1/bias': [2],
  'encoder/conv2/weight': [2, 2, 3], 'encoder/conv2/bias': [2],
};
for (const side of ['decoder', 'encoder']) {
  const norm = (name: string): void => { SHAPES[`${side}/${name}/gamma`] = [2]; SHAPES[`${side}/${name}/beta`] = [2]; };
  const linear = (name: string, rows: number, columns: number): void => { SHAPES[`${side}/${name}/weight`] = [rows, columns]; SHAPES[`${side}/${name}/bias`] = [rows]; };
  norm('layer_norm');
  norm('layer_0/ffn/layer_norm'); linear('layer_0/ffn/linear_0', 8, 2); linear('layer_0/ffn/linear_1', 2, 8);
  norm('layer_0/self_attention/layer_norm'); linear('layer_0/self_attention/linear_0', 6, 2); linear('layer_0/self_attention/linear_1', 2, 2);
  if (side === 'encoder') continue;
  norm('layer_0/attention/layer_norm'); linear('layer_0/attention/linear_0', 2, 2); linear('layer_0/attention/linear_1', 4, 2); linear('layer_0/attention/linear_2', 2, 2);
}
const START = Object.fromEntries(Object.keys(SHAPES).map((name, i) => [name, i]));
const product = (dims: number[]): number => dims.reduce((a, b) => a * b, 1);

function ct2({ version = 6, spec = 'WhisperSpec', without = '', type = 4 } = {}): Buffer {
  const variables = Object.entries(SHAPES).filter(([name]) => name !== without).map(([name, dims]) =>
    Buffer.concat([text(name), Buffer.from([dims.length]), u32(...dims), Buffer.from([type]), u32(2 * product(dims)), halves(START[name]!, product(dims))]));
  const heads = ['decoder', 'encoder'].map((side) => Buffer.concat([text(`${side}/num_heads`), Buffer.from([0, 2]), u32(2), u16(1)]));
  const aliases = Buffer.concat([u32(1), text('decoder/projection/weight'), text('decoder/embeddings/weight')]);
  return Buffer.concat([u32(version), text(spec), u32(3, variables.length + 2), ...variables, ...heads, aliases]);
}

// In GPT-2's byte alphabet: a space and an a; the bytes c3 a9 ad; one that is no word of it; one that is not carried over.
const vocab: Record<string, number> = { 'Ġa': 0, 'Ã©Ń': 1, '<|endoftext|>': 50_256, '<|later|>': 50_257 };
for (let id = 2; id < 50_256; id++) vocab[`w${id}`] = id;
const tokenizer = Buffer.from(JSON.stringify({ model: { vocab } }));

const convert = (model: Buffer, words = tokenizer): Buffer => Buffer.concat([...ct2ToGgml(model, words)]);

/** One tensor of a ggml file, from the numbers of one variable, beginning `skip` numbers in. */
function tensor(name: string, dims: number[], from: string, skip = 0, wide = dims.length === 1 || dims.at(-1) === 1): Buffer {
  const numbers = (wide ? floats : halves)(START[from]! + skip, product(dims));
  return Buffer.concat([u32(dims.length, name.length, wide ? 0 : 1, ...dims.toReversed()), Buffer.from(name), numbers]);
}

const HEADER = 12 * 4;
const FILTERS = 8 + 80 * 201 * 4;

describe('a Whisper model in ggml format', () => {
  const out = convert(ct2());
  const words = [Buffer.from(' a'), Buffer.from([0xc3, 0xa9, 0xad]), ...Array.from({ length: 50_254 }, (_, i) => Buffer.from(`w${i + 2}`)), Buffer.from('<|endoftext|>')];
  const vocabulary = Buffer.concat([u32(50_257), ...words.flatMap((word) => [u32(word.length), word])]);

  it('begins with its sizes', () => {
    expect(out.subarray(0, HEADER).equals(u32(0x67676d6c, 3, 5, 2, 1, 1, 4, 2, 1, 1, 2, 1))).toBe(true);
  });

  it('carries the mel filters of the published files', () => {
    const filters = out.subarray(HEADER, HEADER + FILTERS);
    expect(filters.subarray(0, 8).equals(u32(80, 201))).toBe(true);
    // The sha256 of these bytes in the published ggml-tiny.en.bin.
    expect(sha256(filters.subarray(8))).toBe('85818f156f7e189453901a515e4726d270d307f976e161cf9403e8caab405498');
  });

  it('carries the first 50 257 tokens as bytes, in the order of their numbers', () => {
    expect(out.subarray(HEADER + FILTERS, HEADER + FILTERS + vocabulary.length).equals(vocabulary)).toBe(true);
  });

  it('carries every tensor under its name, in order, stacked ones taken apart', () => {
    const block = (name: string, from: string, between: Buffer[]): Buffer[] => [
      tensor(`${name}.mlp_ln.weight`, [2], `${from}/ffn/layer_norm/gamma`), tensor(`${name}.mlp_ln.bias`, [2], `${from}/ffn/layer_norm/beta`),
      tensor(`${name}.mlp.0.weight`, [8, 2], `${from}/ffn/linear_0/weight`), tensor(`${name}.mlp.0.bias`, [8], `${from}/ffn/linear_0/bias`),
      tensor(`${name}.mlp.2.weight`, [2, 8], `${from}/ffn/linear_1/weight`), tensor(`${name}.mlp.2.bias`, [2], `${from}/ffn/linear_1/bias`),
      tensor(`${name}.attn_ln.weight`, [2], `${from}/self_attention/layer_norm/gamma`), tensor(`${name}.attn_ln.bias`, [2], `${from}/self_attention/layer_norm/beta`),
      tensor(`${name}.attn.query.weight`, [2, 2], `${from}/self_attention/linear_0/weight`), tensor(`${name}.attn.query.bias`, [2], `${from}/self_attention/linear_0/bias`),
      tensor(`${name}.attn.key.weight`, [2, 2], `${from}/self_attention/linear_0/weight`, 4),
      tensor(`${name}.attn.value.weight`, [2, 2], `${from}/self_attention/linear_0/weight`, 8), tensor(`${name}.attn.value.bias`, [2], `${from}/self_attention/linear_0/bias`, 4),
      tensor(`${name}.attn.out.weight`, [2, 2], `${from}/self_attention/linear_1/weight`), tensor(`${name}.attn.out.bias`, [2], `${from}/self_attention/linear_1/bias`),
      ...between,
    ];
    const cross = 'decoder/layer_0/attention';
    const expected = Buffer.concat([
      tensor('decoder.positional_embedding', [4, 2], 'decoder/position_encodings/encodings', 0, true),
      tensor('encoder.positional_embedding', [5, 2], 'encoder/position_encodings/encodings', 0, true),
      tensor('decoder.token_embedding.weight', [3, 2], 'decoder/embeddings/weight'),
      ...block('decoder.blocks.0', 'decoder/layer_0', [
        tensor('decoder.blocks.0.cross_attn_ln.weight', [2], `${cross}/layer_norm/gamma`), tensor('decoder.blocks.0.cross_attn_ln.bias', [2], `${cross}/layer_norm/beta`),
        tensor('decoder.blocks.0.cross_attn.query.weight', [2, 2], `${cross}/linear_0/weight`), tensor('decoder.blocks.0.cross_attn.query.bias', [2], `${cross}/linear_0/bias`),
        tensor('decoder.blocks.0.cross_attn.key.weight', [2, 2], `${cross}/linear_1/weight`),
        tensor('decoder.blocks.0.cross_attn.value.weight', [2, 2], `${cross}/linear_1/weight`, 4), tensor('decoder.blocks.0.cross_attn.value.bias', [2], `${cross}/linear_1/bias`, 2),
        tensor('decoder.blocks.0.cross_attn.out.weight', [2, 2], `${cross}/linear_2/weight`), tensor('decoder.blocks.0.cross_attn.out.bias', [2], `${cross}/linear_2/bias`),
      ]),
      tensor('decoder.ln.weight', [2], 'decoder/layer_norm/gamma'), tensor('decoder.ln.bias', [2], 'decoder/layer_norm/beta'),
      tensor('encoder.conv1.weight', [2, 2, 3], 'encoder/conv1/weight'), tensor('encoder.conv1.bias', [2, 1], 'encoder/conv1/bias'),
      tensor('encoder.conv2.weight', [2, 2, 3], 'encoder/conv2/weight'), tensor('encoder.conv2.bias', [2, 1], 'encoder/conv2/bias'),
      ...block('encoder.blocks.0', 'encoder/layer_0', []),
      tensor('encoder.ln_post.weight', [2], 'encoder/layer_norm/gamma'), tensor('encoder.ln_post.bias', [2], 'encoder/layer_norm/beta'),
    ]);
    expect(out.subarray(HEADER + FILTERS + vocabulary.length).equals(expected)).toBe(true);
  });

  it('comes in pieces of at most a mebibyte', () => {
    SHAPES['decoder/embeddings/weight'] = [700_000, 2];
    onTestFinished(() => void (SHAPES['decoder/embeddings/weight'] = [3, 2]));
    const lengths = Array.from(ct2ToGgml(ct2(), tokenizer), ({ length }) => length);
    expect(Math.max(...lengths)).toBe(1 << 20);
  });
});

describe('what is no such model', () => {
  const refusal = (message: string) => expect.objectContaining({ kind: 'model', code: 'model-damaged', message: expect.stringContaining(message) as string }) as Error;

  it('is refused with the reason', () => {
    expect(() => convert(ct2({ version: 5 }))).toThrow(refusal('format version 5'));
    expect(() => convert(ct2({ spec: 'TransformerSpec' }))).toThrow(refusal('is a TransformerSpec'));
    expect(() => convert(ct2({ without: 'encoder/conv2/bias' }))).toThrow(refusal('has no encoder/conv2/bias'));
    expect(() => convert(ct2({ type: 0 }))).toThrow(refusal('another type than float16'));
    expect(() => convert(ct2(), Buffer.from('{'))).toThrow(refusal('a tokenizer that cannot be read'));
    expect(() => convert(ct2(), Buffer.from('{"model":{"vocab":{"a":0}}}'))).toThrow(refusal('lacks token 1'));
  });

  it('is refused wherever it ends too early', () => {
    const whole = ct2();
    for (const length of [0, 3, 5, 20, 40, 60, 200, 900]) expect(() => convert(whole.subarray(0, length))).toThrow(refusal('ends too early'));
  });
});
