import js from '@eslint/js'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import { readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'

const features = readdirSync(new URL('./src/features', import.meta.url))

/** Only app/ joins features; a feature sees itself and what is below it. */
const featureBorders = features.map((feature) => ({
  files: [`src/features/${feature}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group: ['@/app/*'], message: 'Features do not know the app.' },
          {
            group: features.filter((other) => other !== feature).map((other) => `@/features/${other}/*`),
            message: 'Features do not know each other: join them in app/.',
          },
        ],
      },
    ],
  },
}))

export default tseslint.config(
  { ignores: ['dist', 'dev', 'src/lib/api/schema.d.ts'] },
  js.configs.recommended,
  { files: ['scripts/**', '*.js'], languageOptions: { globals: { process: 'readonly', URL: 'readonly', console: 'readonly', fetch: 'readonly' } } },
  { files: ['boot.js'], languageOptions: { globals: { document: 'readonly', localStorage: 'readonly', window: 'readonly', fetch: 'readonly' } } },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat['recommended-latest'],
    ],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The virtual lists' hooks; there is no compiler here that would memoise their results.
      'react-hooks/incompatible-library': 'off',
      'max-lines': ['error', 450],
    },
  },
  {
    files: ['src/lib/**', 'src/components/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@/app/*', '@/features/*'], message: 'What is shared knows nobody that uses it.' }] },
      ],
    },
  },
  ...featureBorders,
)
