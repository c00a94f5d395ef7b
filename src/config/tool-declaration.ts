import { z } from 'zod';

const http = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  url: z.string().min(1).describe('http or https. {name} stands for an argument in the path or the query, ${NAME} for an environment variable.'),
  headers: z.record(z.string(), z.string()).default({}).describe('${NAME} stands for an environment variable: where keys belong.'),
  args: z.enum(['query', 'json']).optional().describe('How arguments go that are not in the url. Unset: as JSON with POST, PUT and PATCH, else in the query.'),
});

/** One tool, as a user declares it. */
export const toolDeclaration = z.strictObject({
  name: z.string().regex(/^[a-zA-Z][\w-]{0,63}$/, 'Letters, digits, _ and -, with a letter first').describe('What the model calls it: letters, digits, _ and -.'),
  description: z.string().min(1).max(4_000).describe('What it does, and when the model is to use it.'),
  parameters: z.looseObject({ type: z.literal('object') }).default({ type: 'object', properties: {} }).describe('JSON Schema of the object that it takes.'),
  acts: z.boolean().default(true).describe('Whether it changes anything in the world: then the user is asked by voice before it runs.'),
  question: z.string().min(1).optional().describe('What the user is asked; {name} stands for an argument. Unset: its name and all that it is given.'),
  filler: z.string().optional().describe('Spoken where it takes longer than a second; empty for nothing. Unset: "One moment.", in the language of the conversation.'),
  timeout: z.number().min(0.1).max(300).default(10).describe('Seconds that it may take.'),
  max_result: z.int().min(1).max(1_000_000).default(4_000).describe('Bytes of its result that the model is given; the rest is cut.'),
  http: http.optional().describe('A request that is made. A tool has this or command.'),
  command: z.array(z.string()).min(1).optional().describe('A program and its arguments, run without a shell. It reads what it is given as JSON from stdin and writes its result to stdout.'),
}).refine((tool) => (tool.http === undefined) !== (tool.command === undefined), 'A tool has either http or command');

export type ToolDeclaration = z.output<typeof toolDeclaration>;

/** A file of tools. */
export const toolFile = z.strictObject({ $schema: z.string().optional(), tools: z.array(z.unknown()) });

/** The JSON Schema of a file of tools, for editors. */
export function toolsSchema(): object {
  return z.toJSONSchema(z.strictObject({ $schema: z.string().optional(), tools: z.array(toolDeclaration) }), { target: 'draft-7', io: 'input' });
}
