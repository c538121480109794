/** The only code that sees both Electron and the page: it lets the channels of the map through, and nothing else. */
import { type IpcRendererEvent, contextBridge, ipcRenderer, webUtils } from 'electron';
import { BRIDGE_NAME, CALL_CHANNELS, type DesktopBridge, ENGINE_PORT_CHANNEL, EVENT_CHANNELS, type EnginePortMessage, SEND_CHANNELS } from '../renderer/host/desktop-bridge.ts';

const allowed = (channels: readonly string[], channel: string): void => {
  if (!channels.includes(channel)) throw new Error(`There is no channel '${channel}'.`);
};

const bridge: DesktopBridge = {
  version: __VERSION__,
  call: async (channel, params) => {
    allowed(CALL_CHANNELS, channel);
    return ipcRenderer.invoke(channel, params);
  },
  send: (channel, value) => {
    allowed(SEND_CHANNELS, channel);
    ipcRenderer.send(channel, value);
  },
  on: (channel, listener) => {
    allowed(EVENT_CHANNELS, channel);
    // The event object would hand the page more than the value.
    const heard = (_event: IpcRendererEvent, ...values: unknown[]): void => listener(values[0] as never);
    ipcRenderer.on(channel, heard);
    return () => void ipcRenderer.off(channel, heard);
  },
  pathOf: (file) => webUtils.getPathForFile(file),
};
contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);

// A MessagePort cannot cross the context bridge; a message within the window can carry it.
ipcRenderer.on(ENGINE_PORT_CHANNEL, (event, engine: number) => {
  const message: EnginePortMessage = { kind: 'netloom-engine-port', engine };
  window.postMessage(message, location.origin, [...event.ports]);
});
