/**
 * Whether two values are equal all the way down. An `undefined` property is as good as none. Where the expected one is an
 * asymmetric matcher (`expect.anything()` of Jest, Vitest or Jasmine), it decides.
 */
export function alike(actual: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  if (actual instanceof Date && expected instanceof Date) return Object.is(actual.getTime(), expected.getTime());
  if (actual instanceof Error && expected instanceof Error && (actual.message !== expected.message || actual.name !== expected.name)) return false;
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length) return false;
  if ((actual instanceof Map && expected instanceof Map) || (actual instanceof Set && expected instanceof Set)) {
    if (!alike([...actual], [...expected])) return false;
  }
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...keys].every((key) => alike(property(actual, key), property(expected, key)));
}

interface Matcher { asymmetricMatch(actual: unknown): boolean }

function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && typeof property(value, 'asymmetricMatch') === 'function';
}

function property(value: object, key: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[key];
}
