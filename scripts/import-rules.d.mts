/** Types of `import-rules.mjs`, which stays plain JavaScript so that `npm run check` needs no build. */
export declare function importsOf(source: string): { specifier: string; typeOnly: boolean; line: number }[];
export declare function problemsOf(path: string, source: string): string[];
export declare function cyclesOf(sources: ReadonlyMap<string, string>): string[];
export declare function readSources(root: string): Map<string, string>;
export declare function checkImports(root: string): string[];
export declare const projectRoot: string;
