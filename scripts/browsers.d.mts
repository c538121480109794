/** Types of `browsers.mjs`, which stays plain JavaScript because `npm test` runs it before anything is built. */
export declare function findBrowser(): string | undefined;
export declare function findSoftwareVulkanDriver(): string | undefined;
