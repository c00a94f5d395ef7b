import { z } from 'zod';

/** What a setting can be set to: how a value is read, and in words what is allowed. */
export interface Kind<T> {
  /** From what a flag, a variable or a config file holds to the value. */
  readonly schema: z.ZodType<T>;
  /** Completes "it takes …". */
  readonly allowed: string;
  /** Stands for the value in the help; in brackets where it may be left out. */
  readonly placeholder: string;
  /** All values there are, where they are words. */
  readonly choices?: readonly string[];
  /** Values of the reference that have no engine here, with the one that is used instead. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What to do instead of a value that is known and not possible here. */
  readonly advice?: Readonly<Record<string, string>>;
}

const digits = z.string().trim().regex(/^[+-]?\d+$/).transform(Number);
const decimal = z.string().trim().regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).transform(Number);

export function whole(min: number, max: number, placeholder = 'N', step = 1): Kind<number> {
  return {
    schema: z.union([z.number(), digits]).pipe(z.number().int().min(min).max(max).multipleOf(step)),
    allowed: `${step === 2 ? 'an even' : 'a whole'} number from ${min} to ${max}`,
    placeholder,
  };
}

export const port: Kind<number> = { ...whole(1, 65_535, 'PORT'), allowed: 'a port from 1 to 65535' };

export const portOrAny: Kind<number> = { ...whole(0, 65_535, 'PORT'), allowed: 'a port from 1 to 65535, or 0 for any free one' };

/** A number between the bounds, both of them allowed. */
export function number(min: number, max: number, placeholder: string): Kind<number> {
  return {
    schema: z.union([z.number(), decimal]).pipe(z.number().min(min).max(max)),
    allowed: `a number from ${min} to ${max}`,
    placeholder,
  };
}

/** A number of at least `min`, or `inf`. */
export function numberOrInf(min: number, placeholder: string): Kind<number> {
  const inf = z.string().trim().regex(/^\+?inf(inity)?$/i).transform(() => Infinity);
  return {
    schema: z.union([inf, z.union([z.number(), decimal]).pipe(z.number().min(min))]),
    allowed: `a number of at least ${min}, or inf`,
    placeholder,
  };
}

export function choice<const V extends string>(
  values: readonly [V, ...V[]],
  options: Pick<Kind<V>, 'advice'> & { readonly spellings?: Readonly<Record<string, V>>; readonly instead?: Readonly<Record<string, V>> } = {},
): Kind<V> {
  const { spellings = {}, ...rest } = options;
  const known = z.string().trim().toLowerCase().transform((value) => spellings[value] ?? value);
  return {
    schema: known.pipe(z.enum(values)),
    allowed: values.length === 1 ? `only ${values[0]}` : `one of ${values.join(', ')}`,
    placeholder: 'NAME',
    choices: values,
    ...rest,
  };
}

const spoken: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false };

/** A switch: bare means yes, and `--no_…` exists beside it. */
export const yesNo: Kind<boolean> = {
  schema: z.union([
    z.boolean(),
    z.string().trim().toLowerCase().refine((word) => Object.hasOwn(spoken, word)).transform((word) => spoken[word] === true),
  ]),
  allowed: 'true or false',
  placeholder: '[true|false]',
};

/** Text that is not empty. */
export function text(placeholder: string): Kind<string> {
  return { schema: z.string().min(1), allowed: 'text that is not empty', placeholder };
}

/** Text that may be empty. */
export function anyText(placeholder: string): Kind<string> {
  return { schema: z.string(), allowed: 'text', placeholder };
}

/** A language code such as `en`, `pt` or `yue`, with or without a region, or `auto`. */
export const language: Kind<string> = {
  schema: z.string().trim().toLowerCase().regex(/^(auto|[a-z]{2,3}([-_][a-z0-9]{2,8})*)$/),
  allowed: 'a language code such as en or de',
  placeholder: 'CODE',
};

/** A sample rate. All that are in use are multiples of 25, which bounds the tables of a resampler. */
export const rate: Kind<number> = { ...whole(8_000, 192_000, 'HZ', 25), allowed: 'a multiple of 25 from 8000 to 192000' };
