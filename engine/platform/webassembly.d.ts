/**
 * The part of the WebAssembly JavaScript interface that the engine uses. TypeScript has it only in
 * its DOM and worker libraries, which would also let every engine file touch a browser's globals.
 */
declare namespace WebAssembly {
  type ExportValue = Function | Memory;
  type Imports = Record<string, Record<string, Function | Memory>>;
  interface Module {}
  interface Instance {
    readonly exports: Record<string, ExportValue>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  interface MemoryDescriptor {
    readonly initial: number;
    readonly maximum?: number;
    readonly shared?: boolean;
  }
  const Module: { prototype: Module; new (bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Module };
  const Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance };
  const Memory: { prototype: Memory; new (descriptor: MemoryDescriptor): Memory };
  function validate(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
