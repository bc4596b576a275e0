import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const CONSTRUCTOR = {
  selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>5]',
  message: 'A constructor that asks for more than five things is two classes.',
};
const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'src/app/config/environment.ts reads the environment, all of it at once, and reports every mistake in it.',
};

export default defineConfig(
  globalIgnores(['dist/', '.tocsin/', 'coverage/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      // What was caught is passed on as it came.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // A default is an answer for the rest, where the rest is long.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-restricted-imports': ['error', { paths: [{ name: 'node:process', message: 'Use the global.' }] }],
      'no-restricted-properties': ['error', ENVIRONMENT],
      'no-restricted-syntax': ['error', CONSTRUCTOR],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // The second hands PATH on to its children, and decides nothing by it.
    files: ['src/app/config/environment.ts', 'src/platform/database/embedded/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['src/cli/**', 'bench/**', 'examples/**', 'schema/**', 'test/**'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // Scripts and tests are nobody's library; a migration is one long text.
    files: ['bench/**', 'examples/**', 'schema/**', 'test/**', 'migrations/**'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['bench/**', 'examples/**', 'test/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      // An answer of GraphQL is looked into here; its types are the schema's business.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // What a closure writes is not seen by narrowing.
      '@typescript-eslint/await-thenable': 'off',
    },
  },
  {
    files: ['vitest.config.ts', 'test/support/postgres.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
