import tseslint from 'typescript-eslint';
import rxjsX from 'eslint-plugin-rxjs-x';

const namedExports = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const NO_SHELL = 'spawn(file, args) only: no shell.';
const noShell = [
  "Property[key.name='shell'][value.value!=false]",
  "Property[key.value='shell'][value.value!=false]",
  "AssignmentExpression[left.property.name='shell']",
  'CallExpression:matches([callee.name=/^(spawn|execFile)/], [callee.property.name=/^(spawn|execFile)/]) > Literal.arguments:first-child[value=/^(.*\\W)?((ba|da|z)?sh|cmd|powershell|pwsh)(\\.exe)?$/]',
].map((selector) => ({ selector, message: NO_SHELL }));

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'reports/', '.stryker-tmp/', 'test/fixtures/planted/', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [rxjsX.configs.strict],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-syntax': ['error', namedExports, ...noShell],
      'no-restricted-imports': ['error', { paths: ['node:child_process', 'child_process'].map((name) => ({ name, importNames: ['exec', 'execSync', 'default'], message: NO_SHELL })) }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Plain functions returning Observables are this house's engines and devices; the plug-in's naming and
      // error-handling opinions that contradict the style in architecture.md are off, the leak and misuse rules stay on.
      'rxjs-x/no-subject-value': 'off',
      'rxjs-x/throw-error': 'off',
    },
  },
  {
    files: ['operators/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error',
        { selector: "NewExpression[callee.name='Observable']", message: 'Compose: no new Observable in operators/.' },
        namedExports, ...noShell],
    },
  },
  {
    files: ['test/**/*.ts', 'marble-tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-ignored-default-value': 'off',
    },
  },
  // Tools ask for a default export.
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': ['error', ...noShell] } },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
);
