import shared from './jest.config.js';

/** Tests of what operators use: they fetch programs of the distribution, or run what stands in docker/. */
export default { ...shared, roots: ['<rootDir>/test'], testMatch: ['**/*.ops.ts'], testTimeout: 300_000 };
