/** Where a window opens again, files named on a command line, and the native menu. */
import { describe, expect, test } from 'vitest';
import { projectIn, withExtension } from '../../electron/files.ts';
import { menuTemplate } from '../../electron/menu.ts';
import { isOwnFrame } from '../../electron/scheme.ts';
import { MIN_SIZE, fitToScreens } from '../../electron/window-state.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1040 };

describe('the window', () => {
  test('opens where it was closed', () => {
    expect(fitToScreens({ x: 100, y: 50, width: 1300, height: 800 }, [screen])).toEqual({ x: 100, y: 50, width: 1300, height: 800 });
  });
  test('does not follow a screen that is gone', () => {
    expect(fitToScreens({ x: 2500, y: 50, width: 1300, height: 800 }, [screen])).toEqual({ width: 1300, height: 800 });
    expect(fitToScreens({ x: 2500, y: 50, width: 1300, height: 800 }, [screen, { ...screen, x: 1920 }])).toMatchObject({ x: 2500 });
    expect(fitToScreens({ x: 0, y: -500, width: 1300, height: 800 }, [screen])).toEqual({ width: 1300, height: 800 });
  });
  test('is no larger than the screen and no smaller than the app can be used in', () => {
    expect(fitToScreens({ x: 0, y: 0, width: 4000, height: 3000 }, [screen])).toMatchObject({ width: 1920, height: 1040 });
    expect(fitToScreens({ x: 0, y: 0, width: 10, height: 10 }, [screen])).toMatchObject(MIN_SIZE);
    expect(fitToScreens(undefined, [])).toEqual({ width: 1440, height: 900 });
  });
});

test('a project is found among the arguments of any platform', () => {
  expect(projectIn(['netloom', '--inspect', 'a.NETLOOM'], '/p')).toBe('/p/a.NETLOOM');
  expect(projectIn(['netloom.netloom'], '/p')).toBeUndefined();
  expect(withExtension('/p/model', 'onnx')).toBe('/p/model.onnx');
  expect(withExtension('/p/model.bin', 'onnx')).toBe('/p/model.bin');
});

test('only our own top frame is our own', () => {
  expect(isOwnFrame({ url: 'app://netloom/index.html', parent: null })).toBe(true);
  expect(isOwnFrame({ url: 'app://netloom/index.html', parent: {} })).toBe(false);
  for (const url of ['app://netloom.evil/index.html', 'https://netloom/', 'file:///index.html', '', 'about:blank']) expect(isOwnFrame({ url, parent: null }), url).toBe(false);
  expect(isOwnFrame(null)).toBe(false);
});

test("a Mac's menu has the system's items and its own keys", () => {
  const menus = [{ title: 'File', items: [{ id: 'file.open', title: 'Open…', accelerator: 'CmdOrCtrl+O', enabled: false }, 'separator' as const] }];
  const mac = menuTemplate(menus, 'darwin', 'Netloom', () => {});
  expect(mac.map(({ label, role }) => label ?? role)).toEqual(['Netloom', 'File', 'windowMenu']);
  expect(menuTemplate(menus, 'win32', 'Netloom', () => {}).map(({ label }) => label)).toEqual(['File']);
});
