/** The product's version, written in by the bundlers. */
declare const __VERSION__: string;
