/** The program's version, written into the bundle by scripts/build.mjs. */
declare const NETLOOM_VERSION: string | undefined;
export const version = typeof NETLOOM_VERSION === 'string' ? NETLOOM_VERSION : 'development';
