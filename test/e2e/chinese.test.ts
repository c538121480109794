/** Scenario 8: the window in Simplified Chinese, by the system's language and switched while it is open; no English is left but names. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { AppWindow, eventually } from './support/app.ts';

const LIMIT_MS = 240_000;

/** Words that a Chinese text has in Latin letters too: names of layers, formats, devices, keys, units. */
const NAMES = new Set([
  'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'SELU', 'GELU', 'SiLU', 'Swish', 'Mish', 'Sigmoid', 'Softmax', 'LogSoftmax', 'Softplus', 'Softsign', 'Tanh', 'Adam', 'AdamW', 'AMSGrad', 'SGD', 'RMSProp', 'RMSprop', 'Adagrad', 'Nesterov', 'Huber', 'Dropout', 'MNIST', 'Fashion', 'AlexNet', 'BERT', 'DenseNet', 'GoogLeNet', 'GPT', 'ImageNet', 'Inception', 'LeNet', 'Minsky', 'MobileNet', 'Papert', 'ResNet', 'SE', 'VGG', 'XOR', 'CNN', 'MLP',
  'MSE', 'MAE', 'KL', 'BCE', 'Top', 'Netloom', 'WebGPU', 'CPU', 'GPU', 'WebAssembly', 'SwiftShader', 'ONNX', 'Runtime', 'Netron', 'PyTorch', 'NumPy', 'numpy', 'Keras', 'logit', 'logits', 'softmax', 'Transformer', 'NLL', 'Net', 'npy', 'sigmoid', 'tanh', 'same', 'valid', 'explicit', 'fan', 'in', 'Glorot', 'Bengio', 'He', 'LeCun', 'Saxe', 'load', 'safetensors', 'npz', 'onnx', 'py', 'Python', 'PNG', 'SVG', 'CSV', 'JSON', 'Apache', 'License', 'English', 'float64', 'MB', 'kB', 'MiB', 'KiB', 'B', 'K', 'M', 'G', 'ms', 's', 'netloom',
  'CIFAR', 'CLIP', 'Chintala', 'DCGAN', 'GAN', 'GRU', 'Goodfellow', 'LSTM', 'Metz', 'Mixup', 'REINFORCE', 'RNN', 'Radford', 'VAE',
  // A caption of the coloured shapes, which are described in English.
  'at', 'circle', 'left', 'red', 'small', 'the',
  'NaN', 'NAdam', 'Lion', 'Leaky', 'Hard', 'Adadelta', 'i32', 'i64', 'u8', 'f32', 'google', 'swiftshader',
  'Ctrl', 'Shift', 'Alt', 'Enter', 'Tab', 'Esc', 'Del', 'Delete', 'Backspace', 'Space', 'Home', 'End', 'Page', 'Up', 'Down', 'F',
]);
/** The document's own names, and numbers with letters in them. */
const IDS = new Set(['accuracy', 'adam', 'conv1', 'conv2', 'cosine', 'digits', 'fc1', 'fc2', 'flatten', 'loss', 'output', 'pool1', 'pool2', 'relu1', 'relu2', 'relu3', 'weight', 'bias', 'schedule', 'prediction', 'target', 'lr', 'of', 'onnxruntime']);

/** Names of arrays, and what a command is called. */
const CODE = /\w+_\w+|`[^`]+`/g;

/** Words in Latin letters that are seen, or told to a screen reader, anywhere in the window. */
async function latinWords(window: AppWindow, selector = 'body'): Promise<readonly string[]> {
  const texts = await window.page.locator(selector).evaluateAll((roots) => roots.flatMap((root) => {
    const said: string[] = [];
    const isSeen = (element: Element): boolean => element.checkVisibility({ opacityProperty: false, visibilityProperty: true });
    for (const element of [root, ...root.querySelectorAll('*')]) {
      // What is marked as English is meant to be: where a formula comes from, what a layer is called in papers.
      if (element.closest('script, style, .katex, code, kbd, pre, .react-flow__attribution, svg, [lang="en"]:not(html)') !== null || !isSeen(element)) continue;
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-roledescription', 'aria-valuetext']) {
        const value = element.getAttribute(name);
        if (value !== null) said.push(value);
      }
      for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) said.push(child.textContent ?? '');
    }
    return said;
  }));
  const found = texts.flatMap((text) => (text.replaceAll(CODE, '').match(/[A-Za-z][A-Za-z0-9]+/g) ?? []).filter((word) => !NAMES.has(word) && !IDS.has(word) && !/^[A-Z]?\d+[A-Z]?$|^F\d+$/.test(word)).map((word) => `${word} (in “${text.trim().slice(0, 80)}”)`));
  return [...new Set(found)];
}

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`Simplified Chinese${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it("is the window's language where it is the browser's, in every panel and dialog", async () => {
    const window = new AppWindow(await app.open({ locale: 'zh-CN', settings: { threads: 1 }, filePickers: false }));
    const { page } = window;
    const noEnglish = async (where: string, selector?: string): Promise<void> => expect.soft(await latinWords(window, selector), where).toEqual([]);
    await page.getByRole('heading', { name: '这是您的网络' }).or(page.getByRole('region', { name: '快速入门' })).first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await noEnglish('first start');
    await page.locator('.app-tour').getByRole('button', { name: '跳过' }).click();
    await page.locator('.app-tour').waitFor({ state: 'detached' });

    const samples = page.locator('[data-node="digits"]').getByRole('textbox', { name: '训练样本数' });
    await samples.fill('600');
    await samples.press('Enter');
    await page.getByRole('button', { name: '训练', exact: true }).first().click();
    await eventually(async () => page.locator('.run-status').innerText(), 'a run in Chinese', 60_000).toMatch(/第 [\d,]+(?:\/[\d,]+)? 步/);
    await noEnglish('while training');
    await page.getByRole('button', { name: '停止训练', exact: true }).click();
    await eventually(async () => page.locator('.run-status').innerText(), 'the end of the run', 60_000).toMatch(/已停止|已完成/);

    for (const panel of ['测试模型', '混淆矩阵', '样本', '直方图', '特征', '问题', '日志', '曲线']) {
      const tab = page.locator('[data-dock] [role="tab"]').filter({ hasText: panel });
      expect(await tab.count(), `a tab ${panel} among ${(await page.locator('[data-dock] [role="tab"]').allInnerTexts()).join(', ')}`).toBe(1);
      await tab.click();
      await page.locator('.app-loading').waitFor({ state: 'detached' });
      await noEnglish(panel, '[data-dock]');
    }
    await page.locator('[data-node="conv1"]').click({ position: { x: 40, y: 10 } });
    await noEnglish('inspector', 'aside');
    await page.locator('aside [role="tab"]').nth(1).click();
    await page.locator('aside h2, aside h3').first().waitFor();
    await noEnglish('docs', 'aside');
    await page.locator('nav [role="tab"]').nth(1).click();
    await noEnglish('outline', 'nav');

    const dialogs: readonly (readonly [string, string])[] = [['?', 'keys'], ['Control+,', 'settings'], ['Control+e', 'export'], ['Control+k', 'commands'], ['Control+Alt+n', 'gallery']];
    for (const [keys, name] of dialogs) {
      await window.canvas.or(page.locator('.canvas')).first().focus();
      await window.press(keys);
      await page.locator('.ui-modal').waitFor();
      await noEnglish(name, '.ui-modal');
      await window.press('Escape');
      await page.locator('.ui-modal').waitFor({ state: 'detached' });
    }
    // A mistake is told in Chinese: by the node, the list and the message.
    await page.locator('[data-node="flatten"]').click({ position: { x: 40, y: 10 } });
    await window.press('Delete');
    await page.locator('[data-dock] [role="tab"]').filter({ hasText: '问题' }).click();
    await page.locator('[data-dock] [role="row"]').first().waitFor();
    await noEnglish('with problems');
    expect(window.complaints).toEqual([]);
  }, LIMIT_MS);

  it('is switched live, and back', async () => {
    const window = new AppWindow(await app.open({ settings: { tourDone: true }, filePickers: false }));
    const { page } = window;
    await window.dialog('New').waitFor();
    await window.press('Escape');
    await window.dialog('New').waitFor({ state: 'hidden' });
    await page.getByRole('banner').getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitem', { name: '简体中文' }).click();
    await page.getByRole('button', { name: '训练', exact: true }).first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    // The name of the document is the user's own: it stays.
    expect((await latinWords(window)).filter((word) => !word.includes('Digits with a small CNN') && !/learns to read digits/.test(word))).toEqual([]);
    await page.getByRole('banner').getByRole('button', { name: '语言' }).click();
    await page.getByRole('menuitem', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(window.complaints).toEqual([]);
  }, LIMIT_MS);
});
