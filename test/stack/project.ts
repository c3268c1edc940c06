import { resolve } from 'node:path';

/** The project's root folder. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Where fetched programs are kept, and the lock of the build. Never committed. */
export const CACHE_FOLDER = resolve(ROOT, '.loomi');

/** Where `npm start` keeps its data, logs and keys; another than the project's own lets a test run it beside yours. */
export const LOOMI_FOLDER = resolve(process.env.LOOMI_FOLDER || CACHE_FOLDER);
