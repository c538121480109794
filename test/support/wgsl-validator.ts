/** Dawn's compiler without any GPU: a device that draws nothing, has the features of all GPUs, and says what is wrong with WGSL. */
export interface Validator {
  readonly gpu: GPU;
  /** What is wrong with the code, or with its workgroups and their memory; undefined for nothing. */
  errorOf(wgsl: string): Promise<string | undefined>;
}

export async function wgslValidator(): Promise<Validator | { readonly unavailable: string }> {
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    const gpu = create(['backend=null']);
    const device = await (await gpu.requestAdapter())?.requestDevice({ requiredFeatures: ['subgroups', 'shader-f16'] });
    if (device === undefined) return { unavailable: 'Dawn has no null device here' };
    return {
      // Dawn stops when the entry point is collected.
      gpu,
      errorOf: async (code) => {
        device.pushErrorScope('validation');
        const module = device.createShaderModule({ code });
        device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
        return (await device.popErrorScope())?.message;
      },
    };
  } catch (error) {
    return { unavailable: `the package webgpu does not start here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
