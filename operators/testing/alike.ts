/**
 * Whether two values are equal all the way down. An `undefined` property is as good as none. Where the expected one is an
 * asymmetric matcher (`expect.anything()` of Jest, Vitest or Jasmine), it decides.
 */
export function alike(actual: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected) || Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  if (!alike(hidden(actual), hidden(expected))) return false;
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...keys].every((key) => alike(actual[key], expected[key]));
}

/** What an object holds beside its properties. */
function hidden(value: object): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Error) return value.message;
  if (Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? [...value as Iterable<unknown>] : undefined;
}

interface Matcher { asymmetricMatch(actual: unknown): boolean }

function isMatcher(value: unknown): value is Matcher {
  return isObject(value) && typeof value.asymmetricMatch === 'function';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
