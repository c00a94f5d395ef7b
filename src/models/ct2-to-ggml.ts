import { SpeechError } from '../errors.js';

/** One named array of a CTranslate2 file. */
interface Variable {
  readonly dims: readonly number[];
  readonly type: number;
  readonly data: Buffer;
}

/** A slice of one variable's rows under the name the ggml file knows it by. */
interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Buffer;
  readonly wide: boolean;
}

const HALF = 4; // CTranslate2's number for float16
const GGML_MAGIC = 0x67676d6c;
const MEL_BANDS = 80;
const MEL_BINS = 201;
const WORDS = 50_257; // byte-pair tokens of both of Whisper's vocabularies; what comes after them is made up by the loader
const PIECE = 1 << 20;

/**
 * Rewrites a Whisper model from CTranslate2's format (version 6, float16) into whisper.cpp's ggml format, byte for byte
 * as its authors publish it. Emits the file in pieces of at most 1 MiB, so that a writer that awaits between them never
 * holds the event loop for long.
 *
 * @param model the whole `model.bin`
 * @param tokenizer the whole `tokenizer.json`
 * @throws SpeechError `model-damaged` where the input is not such a model
 */
export function* ct2ToGgml(model: Buffer, tokenizer: Buffer): Generator<Buffer> {
  const variables = readVariables(model);
  const need = (name: string): Variable => {
    const found = variables.get(name);
    if (found === undefined) throw damaged(`has no ${name}`);
    return found;
  };
  const heads = (side: string): number => need(`${side}/num_heads`).data.readInt16LE(0);
  const layers = (side: string): number => {
    let count = 0;
    while (variables.has(`${side}/layer_${count}/ffn/linear_0/weight`)) count++;
    return count;
  };
  const size = (name: string, axis: number): number => {
    const length = need(name).dims[axis];
    if (length === undefined) throw damaged(`has a ${name} of too few dimensions`);
    return length;
  };

  yield integers(
    GGML_MAGIC,
    size('decoder/embeddings/weight', 0),
    size('encoder/position_encodings/encodings', 0),
    size('encoder/position_encodings/encodings', 1),
    heads('encoder'),
    layers('encoder'),
    size('decoder/position_encodings/encodings', 0),
    size('decoder/position_encodings/encodings', 1),
    heads('decoder'),
    layers('decoder'),
    size('encoder/conv1/weight', 1),
    1, // most tensors are float16
  );
  yield integers(MEL_BANDS, MEL_BINS);
  yield melFilters();
  yield vocabulary(tokenizer);
  for (const tensor of tensors(need, layers)) {
    const dims = tensor.dims.filter((length, axis) => length !== 1 || (axis === 1 && tensor.dims.length === 2));
    const name = Buffer.from(tensor.name, 'utf8');
    yield integers(dims.length, name.length, tensor.wide ? 0 : 1, ...dims.toReversed());
    yield name;
    for (let at = 0; at < tensor.data.length; at += PIECE) {
      const piece = tensor.data.subarray(at, at + PIECE);
      yield tensor.wide ? widened(piece) : piece;
    }
  }
}

/** All tensors in the order of the published files: OpenAI's names, weight before bias. */
function* tensors(need: (name: string) => Variable, layers: (side: string) => number): Generator<Tensor> {
  // Rows part/parts of one variable; queries, keys and values are stacked in CTranslate2.
  const take = (name: string, from: string, part = 0, parts = 1): Tensor => {
    const { dims: [rows = 0, ...rest], data, type } = need(from);
    if (type !== HALF) throw damaged(`keeps ${from} in another type than float16`);
    const length = data.length / parts;
    const dims = [rows / parts, ...rest];
    return { name, dims, data: data.subarray(part * length, (part + 1) * length), wide: dims.length === 1 };
  };
  const pair = function* (name: string, from: string, part = 0, parts = 1): Generator<Tensor> {
    yield take(`${name}.weight`, `${from}/weight`, part, parts);
    yield take(`${name}.bias`, `${from}/bias`, part, parts);
  };
  const norm = function* (name: string, from: string): Generator<Tensor> {
    yield take(`${name}.weight`, `${from}/gamma`);
    yield take(`${name}.bias`, `${from}/beta`);
  };
  const block = function* (name: string, from: string): Generator<Tensor> {
    yield* norm(`${name}.mlp_ln`, `${from}/ffn/layer_norm`);
    yield* pair(`${name}.mlp.0`, `${from}/ffn/linear_0`);
    yield* pair(`${name}.mlp.2`, `${from}/ffn/linear_1`);
    yield* norm(`${name}.attn_ln`, `${from}/self_attention/layer_norm`);
    yield* pair(`${name}.attn.query`, `${from}/self_attention/linear_0`, 0, 3);
    yield take(`${name}.attn.key.weight`, `${from}/self_attention/linear_0/weight`, 1, 3);
    yield* pair(`${name}.attn.value`, `${from}/self_attention/linear_0`, 2, 3);
    yield* pair(`${name}.attn.out`, `${from}/self_attention/linear_1`);
  };

  yield { ...take('decoder.positional_embedding', 'decoder/position_encodings/encodings'), wide: true };
  yield { ...take('encoder.positional_embedding', 'encoder/position_encodings/encodings'), wide: true };
  yield take('decoder.token_embedding.weight', 'decoder/embeddings/weight');
  for (let i = 0; i < layers('decoder'); i++) {
    const [name, from] = [`decoder.blocks.${i}`, `decoder/layer_${i}`];
    yield* block(name, from);
    yield* norm(`${name}.cross_attn_ln`, `${from}/attention/layer_norm`);
    yield* pair(`${name}.cross_attn.query`, `${from}/attention/linear_0`);
    yield take(`${name}.cross_attn.key.weight`, `${from}/attention/linear_1/weight`, 0, 2);
    yield* pair(`${name}.cross_attn.value`, `${from}/attention/linear_1`, 1, 2);
    yield* pair(`${name}.cross_attn.out`, `${from}/attention/linear_2`);
  }
  yield* norm('decoder.ln', 'decoder/layer_norm');
  for (const conv of ['conv1', 'conv2']) {
    yield take(`encoder.${conv}.weight`, `encoder/${conv}/weight`);
    // whisper.cpp adds it to a matrix, so it is a column there.
    const bias = take(`encoder.${conv}.bias`, `encoder/${conv}/bias`);
    yield { ...bias, dims: [...bias.dims, 1] };
  }
  for (let i = 0; i < layers('encoder'); i++) yield* block(`encoder.blocks.${i}`, `encoder/layer_${i}`);
  yield* norm('encoder.ln_post', 'encoder/layer_norm');
}

function readVariables(file: Buffer): Map<string, Variable> {
  let at = 0;
  const step = (length: number): number => {
    const start = at;
    at += length;
    if (at > file.length) throw damaged('ends too early');
    return start;
  };
  const u32 = (): number => file.readUInt32LE(step(4));
  const text = (): string => {
    const length = file.readUInt16LE(step(2));
    const start = step(length);
    return file.toString('utf8', start, start + length - 1); // the count includes the closing NUL
  };
  const version = u32();
  if (version !== 6) throw damaged(`has format version ${version}, not 6`);
  const spec = text();
  if (spec !== 'WhisperSpec') throw damaged(`is a ${spec}, not a WhisperSpec`);
  u32(); // the spec's revision
  const variables = new Map<string, Variable>();
  for (let left = u32(); left > 0; left--) {
    const name = text();
    const dims = Array.from({ length: file.readUInt8(step(1)) }, u32);
    const type = file.readUInt8(step(1));
    const length = u32();
    const start = step(length);
    variables.set(name, { dims, type, data: file.subarray(start, start + length) });
  }
  return variables;
}

/**
 * The filter bank Whisper was trained with: 80 triangles, evenly spaced on Slaney's mel scale between 0 and 8000 Hz over
 * the 201 bins of a 400-point transform at 16 kHz. The triangle is rounded to float32 before it is scaled, as in the
 * program that made the published one; rounding once differs in the last bit.
 */
function melFilters(): Buffer {
  const linear = 200 / 3; // Hz per mel below 1000 Hz, logarithmic above
  const kink = 1000 / linear;
  const logStep = Math.log(6.4) / 27;
  const top = kink + Math.log(8000 / 1000) / logStep;
  const hz = Array.from({ length: MEL_BANDS + 2 }, (_, i) => {
    const mel = (top * i) / (MEL_BANDS + 1); // in this order: the last step must land on 8000 Hz exactly
    return mel < kink ? linear * mel : 1000 * Math.exp(logStep * (mel - kink));
  });
  const out = Buffer.alloc(MEL_BANDS * MEL_BINS * 4);
  for (let band = 0; band < MEL_BANDS; band++) {
    const [low = 0, middle = 0, high = 0] = hz.slice(band, band + 3);
    for (let bin = 0; bin < MEL_BINS; bin++) {
      const f = bin * 40;
      const triangle = Math.max(0, Math.min((f - low) / (middle - low), (high - f) / (high - middle)));
      out.writeFloatLE(Math.fround(triangle) * (2 / (high - low)), (band * MEL_BINS + bin) * 4);
    }
  }
  return out;
}

/** The first 50 257 tokens as bytes, each behind its length. */
function vocabulary(tokenizer: Buffer): Buffer {
  const bytes = byteAlphabet();
  const words = new Array<Buffer>(WORDS);
  for (const [word, id] of readVocabulary(tokenizer)) {
    if (id >= WORDS) continue;
    // A token that is no word of the byte alphabet, `<|endoftext|>` for one, is ASCII and stands for itself.
    words[id] = Buffer.from(Array.from(word, (letter) => bytes.get(letter) ?? letter.codePointAt(0) ?? 0));
  }
  const pieces = [integers(WORDS)];
  for (let id = 0; id < WORDS; id++) {
    const word = words[id];
    if (word === undefined) throw damaged(`comes with a tokenizer that lacks token ${id}`);
    pieces.push(integers(word.length), word);
  }
  return Buffer.concat(pieces);
}

function readVocabulary(tokenizer: Buffer): [string, number][] {
  try {
    const { model } = JSON.parse(tokenizer.toString('utf8')) as { model: { vocab: Record<string, number> } };
    return Object.entries(model.vocab);
  } catch (cause) {
    throw damaged('comes with a tokenizer that cannot be read', cause);
  }
}

/** GPT-2 writes every byte as a letter: printable ones as themselves, the other 68 as U+0100 and up, in order. */
function byteAlphabet(): Map<string, number> {
  const letters = new Map<string, number>();
  let spare = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    letters.set(String.fromCodePoint(printable ? byte : spare++), byte);
  }
  return letters;
}

/** float16 → float32, little-endian. */
function widened(half: Buffer): Buffer {
  const out = Buffer.alloc(half.length * 2);
  for (let at = 0; at < half.length; at += 2) {
    const bits = half.readUInt16LE(at);
    const fraction = bits & 0x3ff;
    const exponent = (bits >> 10) & 0x1f;
    const sign = bits >> 15 ? -1 : 1;
    const value =
      exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction === 0 ? Infinity : NaN)
      : (1 + fraction / 1024) * 2 ** (exponent - 15);
    out.writeFloatLE(sign * value, at * 2);
  }
  return out;
}

function integers(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => out.writeInt32LE(value, i * 4));
  return out;
}

function damaged(what: string, cause?: unknown): SpeechError {
  return new SpeechError(`The CTranslate2 model to be converted ${what}.`, { kind: 'model', code: 'model-damaged', cause });
}
