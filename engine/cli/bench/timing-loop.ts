/** Python: what exported graphs use and PyTorch before 2.4 does not have yet. Needs `torch`, and `torch.nn.functional` as `F`. */
export const OLD_TORCH = `# What PyTorch before 2.4 does not have yet.
if not hasattr(torch.nn, 'RMSNorm'):
    class RMSNorm(torch.nn.Module):
        def __init__(self, size, eps):
            super().__init__()
            self.weight, self.eps = torch.nn.Parameter(torch.ones(size)), eps

        def forward(self, x):
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight

    torch.nn.RMSNorm = RMSNorm
if not hasattr(F, 'scaled_dot_product_attention'):
    def attention(q, k, v, is_causal=False):
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        if is_causal:
            scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1), float('-inf'))
        return scores.softmax(-1) @ v

    F.scaled_dot_product_attention = attention
`;

/**
 * The Python beside an exported graph that times its training step. It reads numbers of steps, a line each, and answers each
 * with a line of JSON. Samples lie in memory as tensors and a batch is picked by index, as in a plain PyTorch loop without a loader.
 */
export const TIMING_LOOP = `import importlib.util
import json
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as F

${OLD_TORCH}
folder = sys.argv[1]
with open(os.path.join(folder, 'task.json')) as file:
    task = json.load(file)
torch.manual_seed(1)
torch.set_num_threads(task['threads'])
device = torch.device('cuda' if task['gpu'] and torch.cuda.is_available() else 'cpu')
spec = importlib.util.spec_from_file_location('model', os.path.join(folder, 'model.py'))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.Model().to(device).train()
optimizers = module.make_optimizers(model)


def per_channel(numbers, rank):
    return torch.tensor(numbers, dtype=torch.float32).reshape(1, -1, *[1] * (rank - 2)) if isinstance(numbers, list) else numbers


def load(each):
    array = torch.from_numpy(numpy.load(os.path.join(folder, each['file'])))
    if each['integer']:
        return array.long().to(device)
    return (array.float() * per_channel(each['scale'], array.dim()) + per_channel(each['shift'], array.dim())).to(device)


# glibc asks the system for every large block anew, a fault for each page of it, until a block of nearly 32 MB has been freed once.
# That costs small models a quarter of their time, and any longer program gets past it by chance: PyTorch is given its better time.
block = torch.ones(7_800_000)
del block
samples = [None if 'drawn' in each else load(each) for each in task['inputs']]
count = min(len(array) for array in samples if array is not None)
clock = time.process_time if task['cpuTime'] else time.perf_counter


def batch():
    index = torch.randint(count, (task['batch'],), device=device)
    return [torch.randn(each['drawn'], device=device) if array is None else array[index] for each, array in zip(task['inputs'], samples)]


print(json.dumps({'version': torch.__version__, 'device': torch.cuda.get_device_name() if device.type == 'cuda' else 'cpu'}), flush=True)
step = 0
for line in sys.stdin:
    start = clock()
    for _ in range(int(line)):
        step += task['stride']
        losses = module.training_step(model, optimizers, step, *batch())
    # Waits for what a GPU still has to do.
    numbers = [loss.item() for loss in losses.values()]
    print(json.dumps({'milliseconds': (clock() - start) * 1000}), flush=True)
`;
