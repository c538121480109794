/** Handlers for the channels of the map. A sender that is not our own page is refused, and so are values of another form than the map says. */
import type { IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import type { CallChannel, DesktopCalls, DesktopEvents, DesktopSends, EventChannel, SendChannel } from '../renderer/host/desktop-bridge.ts';
import type { ElectronApi } from './electron-api.ts';
import { isOwnFrame } from './scheme.ts';

const filter = z.object({ extension: z.string().regex(/^[a-z0-9]{1,16}$/), description: z.string().max(200) });
const bytes = z.instanceof(Uint8Array);
const key = z.string().max(4096);
const callParams: { readonly [C in CallChannel]: z.ZodType<DesktopCalls[C]['params']> } = {
  'file:open': z.object({ filter }),
  'file:reopen': z.object({ key }),
  'file:dropped': z.object({ path: z.string().min(1).max(4096) }),
  'file:save': z.object({ key: key.optional(), suggestedName: z.string().max(255), filter, bytes }) as z.ZodType<DesktopCalls['file:save']['params']>,
  'engine:start': z.object({}) as z.ZodType<Record<string, never>>,
};
const menuItem = z.object({ id: z.string().max(100), title: z.string().max(200), accelerator: z.string().max(60).optional(), enabled: z.boolean() });
const sendValues: { readonly [C in SendChannel]: z.ZodType<DesktopSends[C]> } = {
  'engine:stop': z.int(),
  'window:title': z.string().max(1000),
  'window:progress': z.number().min(0).max(1).nullable(),
  'window:unsaved': z.boolean(),
  'window:notify': z.object({ title: z.string().max(200), body: z.string().max(1000) }),
  'menu:set': z.array(z.object({ title: z.string().max(100), items: z.array(z.union([menuItem, z.literal('separator')])).max(200) })).max(20) as z.ZodType<DesktopSends['menu:set']>,
  'link:open': z.string().max(2000),
  'window:ready': z.null(),
};

export class RefusedSender extends Error {
  constructor(url: string | undefined) {
    super(`A message from ${url ?? 'an unknown page'} was refused.`);
    this.name = 'RefusedSender';
  }
}
type Sender = IpcMainInvokeEvent['sender'];

function requireOwn(event: IpcMainEvent | IpcMainInvokeEvent): Sender {
  if (!isOwnFrame(event.senderFrame)) throw new RefusedSender(event.senderFrame?.url);
  return event.sender;
}

export type CallHandlers = { readonly [C in CallChannel]: (params: DesktopCalls[C]['params'], sender: Sender) => Promise<DesktopCalls[C]['result']> };
export type SendHandlers = { readonly [C in SendChannel]: (value: DesktopSends[C], sender: Sender) => void };

export function registerChannels(ipcMain: ElectronApi['ipcMain'], calls: CallHandlers, sends: SendHandlers): void {
  const call = <C extends CallChannel>(channel: C): void => {
    ipcMain.handle(channel, async (event, params: unknown) => calls[channel](callParams[channel].parse(params), requireOwn(event)));
  };
  const send = <C extends SendChannel>(channel: C): void => {
    ipcMain.on(channel, (event, value: unknown) => {
      // An exception here would end the main process; a message that is not ours is dropped.
      if (!isOwnFrame(event.senderFrame)) return;
      const parsed = sendValues[channel].safeParse(value);
      if (parsed.success) sends[channel](parsed.data, event.sender);
    });
  };
  for (const channel of Object.keys(calls) as CallChannel[]) call(channel);
  for (const channel of Object.keys(sends) as SendChannel[]) send(channel);
}

export function sendEvent<C extends EventChannel>(target: Pick<Sender, 'send' | 'isDestroyed'>, channel: C, value: DesktopEvents[C]): void {
  if (!target.isDestroyed()) target.send(channel, value);
}
