import { readFileSync } from 'node:fs';

// The build leaves specs out; the tests need them, so jest takes .swcrc's options without its `exclude`.
const { $schema, exclude, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: {
    '^#(domain|lakala|platform)/(.*)\\.js$': '<rootDir>/libs/$1/src/$2',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  globalSetup: '<rootDir>/test/stack/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/stack/jest-global-teardown.ts',
  coverageProvider: 'v8',
  // Real servers on a shared machine: a time-out only ends what hangs.
  testTimeout: 60_000,
};
