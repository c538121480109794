/** Why a backend was chosen, in both languages: `select.ts` says it in English, for terminals and logs. */
import type { Text } from '../nodes/node-type.ts';

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^as asked$/, '按您的选择'],
  [/^a GPU was found$/, '找到了 GPU'],
  [/^no GPU adapter was found$/, '没有找到可用的 GPU'],
  [/^the only GPU adapter is software \((.*)\)$/s, '唯一的 GPU 是软件模拟的（$1），CPU 更快'],
  [/^the GPU did not start: (.*)$/s, 'GPU 启动失败：$1'],
  [/^asking for a GPU adapter failed: (.*)$/s, '请求 GPU 失败：$1'],
  [/^no Vulkan driver is installed \((.*)\)$/s, '没有安装 Vulkan 驱动（$1）'],
];

export function whyText(why: string): Text {
  const known = KNOWN.find(([pattern]) => pattern.test(why));
  return { en: why, zh: known === undefined ? why : why.replace(known[0], known[1]) };
}
