/**
 * How well a trained classifier recognises what a trained generator makes:
 *   node scripts/judge-generated.mjs <generator's run> <classifier's run> [count]
 * Recognition is the mean, over `count` generated samples (1,000 unless told), of the highest class probability
 * that the classifier gives; a class is present when at least 1 % of the samples are taken for it. The noise is the
 * same for every generator (evaluation has a seed of its own), so that the same weights give the same figure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './import-rules.mjs';

const PRESENT = 0.01;
const CPU = ['--backend', 'wasm'];

function predict(...args) {
  const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin', 'netloom.js'), 'predict', ...args, ...CPU], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Of little-endian float32, C order: what `netloom predict --out F.npy` writes. */
function readNpy(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([^)]*)\)/.exec(bytes.toString('latin1', 10, start))[1].split(',').filter((n) => n.trim() !== '').map(Number);
  return { shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)) };
}

/** Given data is data of the whole graph, labels too; nobody looks at these. */
function writeLabels(path, count) {
  const text = `{'descr': '<i4', 'fortran_order': False, 'shape': (${count},), }`;
  const header = `${text.padEnd(117)}\n`;
  writeFileSync(path, Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]), Buffer.from(header, 'latin1'), Buffer.alloc(4 * count)]));
}

const [generator, classifier, wanted = '1000'] = process.argv.slice(2);
if (generator === undefined || classifier === undefined) {
  console.error('node scripts/judge-generated.mjs <generator\'s run> <classifier\'s run> [count]');
  process.exit(2);
}
const count = Number(wanted);
const folder = mkdtempSync(join(tmpdir(), 'netloom-judge-'));
try {
  predict(generator, '--count', wanted, '--batch', '100', '--out', join(folder, 'x.npy'));
  writeLabels(join(folder, 'y.npy'), count);
  predict(classifier, '--data', folder, '--out', join(folder, 'classes.npy'));
  const { shape: [, classes], data } = readNpy(join(folder, 'classes.npy'));
  const counts = Array.from({ length: classes }, () => 0);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const logits = data.subarray(i * classes, (i + 1) * classes);
    const highest = Math.max(...logits);
    counts[logits.indexOf(highest)] += 1;
    sum += 1 / logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  }
  console.log(JSON.stringify({ recognition: Math.round((sum / count) * 1e4) / 1e4, present: counts.filter((n) => n >= PRESENT * count).length, classes, counts }));
} finally {
  rmSync(folder, { recursive: true });
}
