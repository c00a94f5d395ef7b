import { of } from 'rxjs';
import { z } from 'zod';
import { jsonFile } from '../config/json-file.js';
import { suggest } from '../config/suggest.js';
import { toolDeclaration, toolFile, type ToolDeclaration } from '../config/tool-declaration.js';
import { isProgram, runProgram } from '../engines/program.js';
import { SpeechError } from '../errors.js';
import type { Tool, ToolArgs } from '../tools.js';
import { request, secretsOf, wrongRequest } from './http-tool.js';
import { resultOf } from './result-of.js';
import { filled, placesIn, textOf } from './template.js';

export interface DeclaredToolsOptions {
  /** Names of the tools that may be used. @default all that do not act: what changes the world is used only if it is named */
  readonly allow?: readonly string[] | undefined;
  /** Where `${NAME}` in addresses and headers comes from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

export interface DeclaredTools {
  /** Those that may be used. */
  readonly tools: readonly Tool[];
  /** Names of those that are declared and may not. */
  readonly withheld: readonly string[];
  /** What must not be shown: the values of environment variables that tools make use of. */
  readonly secrets: readonly string[];
}

/**
 * Tools that a user declares, in a file or as the list itself.
 *
 * @throws SpeechError of kind `config` that names the file, the tool, and the key at fault
 */
export function declaredTools(source: string | readonly unknown[], { allow, env, readFile }: DeclaredToolsOptions): DeclaredTools {
  const where = typeof source === 'string' ? source : '--tools';
  const declared = listIn(source, readFile).map((raw, index) => declarationOf(raw, index, where, env));
  const names = declared.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refused(`${where} declares the tool ${twice} twice`, 'Give one of them another name.');
  for (const name of allow ?? []) {
    if (names.includes(name)) continue;
    const meant = suggest(name, names);
    throw refused(`--tools_allow names ${name}, and ${where} declares no such tool`, meant === undefined ? `It declares ${names.join(', ') || 'none'}.` : `Did you mean ${meant}?`);
  }
  const allowed = declared.filter(({ name, acts }) => allow?.includes(name) ?? !acts);
  return {
    tools: allowed.map((declaration) => toolOf(declaration, env)),
    withheld: names.filter((name) => !allowed.some((one) => one.name === name)),
    secrets: declared.flatMap(({ http }) => (http === undefined ? [] : secretsOf(http, env))),
  };
}

function listIn(source: string | readonly unknown[], readFile: (path: string) => string): readonly unknown[] {
  if (typeof source !== 'string') return source;
  const hint = 'It holds one JSON object, { "tools": [ … ] }: see docs/tools.md.';
  const parsed = toolFile.safeParse(jsonFile({ path: source, what: 'tools file', hint }, readFile));
  if (!parsed.success) throw refused(`the tools file ${source} is wrong: ${issuesOf(parsed.error)}`, hint);
  return parsed.data.tools;
}

function declarationOf(raw: unknown, index: number, where: string, env: DeclaredToolsOptions['env']): ToolDeclaration {
  const name = (raw as { name?: unknown } | null)?.name;
  const fail = (what: string): SpeechError => refused(`the tool ${typeof name === 'string' ? name : `number ${index + 1}`} in ${where} is wrong: ${what}`, 'See docs/tools.md for what a tool is declared by.');
  const parsed = toolDeclaration.safeParse(raw);
  if (!parsed.success) throw fail(issuesOf(parsed.error));
  const { parameters, question = '', http, command } = parsed.data;
  try {
    z.fromJSONSchema(parameters);
  } catch (error) {
    throw fail(`parameters: ${error instanceof Error ? error.message : String(error)}`);
  }
  const known = Object.keys(parameters['properties'] ?? {});
  for (const [key, template] of [['question', question], ['http.url', http?.url ?? '']] as const) {
    const unknown = placesIn(template).find((place) => !known.includes(place));
    if (unknown !== undefined) throw fail(`${key}: {${unknown}} is none of its parameters`);
  }
  const wrong = http === undefined ? undefined : wrongRequest(http, env);
  if (wrong !== undefined) throw fail(wrong);
  const [program = ''] = command ?? [];
  if (command !== undefined && !isProgram(program)) throw fail(`command: there is no program ${program}`);
  return parsed.data;
}

function toolOf({ name, description, parameters, acts, question, filler, timeout, max_result: most, http, command = [] }: ToolDeclaration, env: DeclaredToolsOptions['env']): Tool {
  const schema = z.fromJSONSchema(parameters);
  const run = http !== undefined ? request(http, most, env) : (args: ToolArgs) =>
    runProgram({ stage: 'llm', words: command, input: of(Buffer.from(`${JSON.stringify(args)}\n`)), patience: timeout * 1_000 }).pipe(resultOf(most));
  return {
    name, description, parameters, acts, run, timeout: timeout * 1_000,
    ...(filler === undefined ? {} : { filler }),
    ...(question === undefined ? {} : { question: (args) => filled(question, (place) => textOf(args[place])) }),
    check: (args) => {
      const { success, error } = schema.safeParse(args);
      return success ? undefined : issuesOf(error);
    },
  };
}

/** Issues by the key at fault; none quotes a value. */
function issuesOf({ issues }: z.core.$ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
}

const refused = (message: string, hint: string): SpeechError => new SpeechError(message, { kind: 'config', code: 'bad-tool', hint });
