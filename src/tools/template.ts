/** `{name}` in a template. */
const PLACE = /(?<!\$)\{(\w+)\}/g;
/** `${NAME}` in a template. */
const VARIABLE = /\$\{(\w+)\}/g;

/** Names of the arguments that a template has places for. */
export const placesIn = (template: string): readonly string[] => Array.from(template.matchAll(PLACE), ([, name = '']) => name);

/** Names of the environment variables in a template. */
export const variablesIn = (template: string): readonly string[] => Array.from(template.matchAll(VARIABLE), ([, name = '']) => name);

/** The template with its places filled. */
export const filled = (template: string, fill: (name: string) => string): string => template.replace(PLACE, (_, name: string) => fill(name));

/** The template with the values of environment variables. */
export const withVariables = (template: string, env: Readonly<Record<string, string | undefined>>): string => template.replace(VARIABLE, (_, name: string) => env[name] ?? '');

/** A value of an argument as text. */
export const textOf = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
