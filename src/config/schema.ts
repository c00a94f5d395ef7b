import { z } from 'zod';
import { entriesOf } from './flags.js';
import { toolList } from './kinds.js';
import { flagOf, settingsOf } from './settings.js';
import type { CommandName, Setting } from './settings.js';
import { toolDeclaration } from './tool-declaration.js';

/**
 * The JSON Schema of config files, for editors. It is stricter than the program, which also takes numbers in quotes, keys
 * with dashes, `null` for the default, and skips settings of the reference with a warning.
 */
export function configSchema(): object {
  const commands = Object.keys(settingsOf) as CommandName[];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Config file of speech-to-speech and listen-and-play',
    anyOf: commands.map((command) => ({ $ref: `#/definitions/${command}` })),
    definitions: Object.fromEntries(commands.map((command) => [command, schemaOf(command)])),
  };
}

/** As they are written: what may be left out is not required. */
const { $schema: _, ...toolItems } = z.toJSONSchema(toolDeclaration, { target: 'draft-7', io: 'input' });

function schemaOf(command: CommandName): object {
  const entries = entriesOf(command);
  const settings = new Map<unknown, Setting>(entries.map(([, setting]) => [setting.schema, setting]));
  const shape = Object.fromEntries(entries.map(([key, { schema }]) => [flagOf(key), schema]));
  const { $schema: _, ...schema } = z.toJSONSchema(z.strictObject({ $schema: z.string().optional(), ...shape }), {
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // JSON knows no infinity, and in a file everything may be left out.
      if (jsonSchema.const === Infinity) Object.assign(jsonSchema, { type: 'string', const: 'inf' });
      delete jsonSchema.required;
      if (zodSchema === toolList) Object.assign(jsonSchema, { anyOf: [{ type: 'string', minLength: 1 }, { type: 'array', items: toolItems }] });
      const setting = settings.get(zodSchema);
      if (setting === undefined) return;
      jsonSchema.description = setting.help;
      if (setting.default === Infinity) jsonSchema.default = 'inf';
      if (setting.secret) jsonSchema.writeOnly = true;
    },
  });
  return schema;
}
