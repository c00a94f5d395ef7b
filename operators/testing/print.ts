const DEEPEST = 5;
const MOST = 12;

/** Any value as a short text on one line, for the legend of a diagram. */
export function print(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `[${value.name}: ${value.message}]`;
  if (value instanceof Date) return `[Date ${value.getTime()}]`;
  if (depth > DEEPEST) return '…';
  const name = nameOf(value);
  const items = itemsOf(value);
  if (items !== undefined) return `${name === 'Array' ? '' : `${name} `}[${listed(items, (item) => print(item, depth + 1))}]`;
  const properties = listed(Object.entries(value), ([key, held]) => `${JSON.stringify(key)}: ${print(held, depth + 1)}`);
  return `${name === 'Object' ? '' : `${name} `}{${properties}}`;
}

function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null;
  return prototype?.constructor?.name ?? 'Object';
}

function itemsOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (value instanceof Map || value instanceof Set) return [...value as Iterable<unknown>];
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? [...value as unknown as Iterable<unknown>] : undefined;
}

function listed<T>(items: readonly T[], text: (item: T) => string): string {
  const shown = items.slice(0, MOST).map(text);
  return [...shown, ...(items.length > MOST ? [`… ${items.length} in all`] : [])].join(', ');
}
