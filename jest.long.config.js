import shared from './jest.config.js';

/** Tests that take minutes: on servers of their own that die, or with very much of something. */
export default { ...shared, roots: ['<rootDir>/test'], testMatch: ['**/*.long.ts'], testTimeout: 600_000 };
