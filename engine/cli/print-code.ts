/** The generated code of a plan as text, kernel by kernel. */
import { emitWgsl } from '../backends/webgpu/webgpu.ts';
import type { Plan } from '../compile/plan.ts';

export function printWgsl(plan: Plan): string {
  return emitWgsl(plan).map(({ kernel, wgsl }, i) => `// ${i}. ${kernel}\n${wgsl.trimEnd()}\n`).join('\n');
}
