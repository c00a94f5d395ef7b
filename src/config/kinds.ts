import { z } from 'zod';

/** What is told of a kind of values, beside the zod type that reads them from a flag, a variable or a config file. */
export interface Kind {
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

/** What is told of each type below. A type takes spellings on its way in; its way out is what the JSON Schema says. */
const kinds = z.registry<Kind>();

export function kindOf(type: z.ZodType): Kind {
  // Each type below is told of where it is made.
  return kinds.get(type) as Kind;
}

const digits = z.string().trim().regex(/^[+-]?\d+$/).transform(Number);
const decimal = z.string().trim().regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).transform(Number);

const numeric = z.union([z.number(), decimal]);

export function whole(min: number, max: number, placeholder = 'N', step = 1): z.ZodType<number> {
  const allowed = `${step === 2 ? 'an even' : 'a whole'} number from ${min} to ${max}`;
  return z.union([z.number(), digits]).pipe(z.number().int().min(min).max(max).multipleOf(step)).register(kinds, { allowed, placeholder });
}

export const port = whole(1, 65_535).register(kinds, { allowed: 'a port from 1 to 65535', placeholder: 'PORT' });

export const portOrAny = whole(0, 65_535).register(kinds, { allowed: 'a port from 1 to 65535, or 0 for any free one', placeholder: 'PORT' });

/** A number between the bounds, both of them allowed. */
export function number(min: number, max: number, placeholder: string): z.ZodType<number> {
  return numeric.pipe(z.number().min(min).max(max)).register(kinds, { allowed: `a number from ${min} to ${max}`, placeholder });
}

/** A number of at least `min`, or `inf`. */
export function numberOrInf(min: number, placeholder: string): z.ZodType<number> {
  const inf = z.string().trim().regex(/^\+?inf(inity)?$/i).transform(() => Infinity);
  const allowed = `a number of at least ${min}, or inf`;
  return z.union([inf, numeric]).pipe(z.union([z.number().min(min), z.literal(Infinity)])).register(kinds, { allowed, placeholder });
}

/** How many times faster; `max` is Infinity. */
export const speed: z.ZodType<number> = z.union([z.string().trim().regex(/^max$/i).transform(() => Infinity), numeric])
  .pipe(z.union([z.number().min(0.01).max(1_000), z.literal(Infinity)]))
  .register(kinds, { allowed: 'a number from 0.01 to 1000, or max', placeholder: 'FACTOR' });

export function choice<const V extends string>(
  values: readonly [V, ...V[]],
  options: Pick<Kind, 'advice'> & { readonly spellings?: Readonly<Record<string, V>>; readonly instead?: Readonly<Record<string, V>> } = {},
): z.ZodType<V> {
  const { spellings = {}, ...rest } = options;
  const known = z.string().trim().toLowerCase().transform((value) => spellings[value] ?? value);
  const allowed = values.length === 1 ? `only ${values[0]}` : `one of ${values.join(', ')}`;
  return known.pipe(z.enum(values)).register(kinds, { allowed, placeholder: 'NAME', choices: values, ...rest });
}

/** One of the choices or several of them, each for where the one before it fails; `auto` stands alone. */
export function chain<const V extends string>(
  values: readonly [V, ...V[]],
  options: { readonly spellings?: Readonly<Record<string, V>>; readonly instead?: Readonly<Record<string, V>> } = {},
): z.ZodType<V | readonly Exclude<V, 'auto'>[]> {
  const one = choice(values, options);
  const link = one.refine((name): name is Exclude<V, 'auto'> => name !== 'auto');
  const several = z.union([z.string().transform((names): unknown[] => names.split(',')), z.array(z.unknown())])
    .pipe(z.array(link).min(2));
  const { allowed, ...about } = kindOf(one);
  return z.union([one, several]).register(kinds, { ...about, allowed: `${allowed}, or several with commas between them` });
}

const spoken: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false };
const word = z.string().trim().toLowerCase().refine((given) => Object.hasOwn(spoken, given)).transform((given) => spoken[given] === true);

/** A switch: bare means yes, and `--no_…` exists beside it. */
export const yesNo = z.union([z.boolean(), word]).pipe(z.boolean()).register(kinds, { allowed: 'true or false', placeholder: '[true|false]' });

/** Text that is not empty. */
export function text(placeholder: string): z.ZodType<string> {
  return z.string().min(1).register(kinds, { allowed: 'text that is not empty', placeholder });
}

/** Text that may be empty. */
export function anyText(placeholder: string): z.ZodType<string> {
  return z.string().register(kinds, { allowed: 'text', placeholder });
}

/** A file of tools or, in a config file, the list itself. What is in it is looked at where it is used, tool by tool. */
export const toolList = z.union([z.string().min(1), z.array(z.unknown())]).register(kinds, { allowed: 'a JSON file or, in a config file, the list of tools itself', placeholder: 'FILE' });

/** A language code such as `en`, `pt` or `yue`, with or without a region, or `auto`. */
export const language = z.string().trim().toLowerCase().regex(/^(auto|[a-z]{2,3}([-_][a-z0-9]{2,8})*)$/)
  .register(kinds, { allowed: 'a language code such as en or de', placeholder: 'CODE' });

/** A sample rate. All that are in use are multiples of 25, which bounds the tables of a resampler. */
export const rate = whole(8_000, 192_000, 'HZ', 25).register(kinds, { allowed: 'a multiple of 25 from 8000 to 192000', placeholder: 'HZ' });
