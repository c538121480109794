/** The server of the editor: this machine only, nothing outside its folder, the headers that the window needs, and data sets by name. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { opener } from '../../engine/cli/open-browser.ts';
import { type WebServer, startWebServer } from '../../engine/cli/web-server.ts';
import { inTemporaryFolder } from '../support/cli.ts';

const PAGE = '<!doctype html><meta http-equiv="Content-Security-Policy" content="script-src &#39;self&#39;"><title>Netloom</title>';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
/** Not `fetch`, which tidies paths and sets its own host. */
function ask(port: number, path: string, { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

async function served(body: (server: WebServer, folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (top) => {
    const folder = join(top, 'site');
    mkdirSync(join(folder, 'assets'), { recursive: true });
    mkdirSync(join(top, 'sets', 'mnist'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), PAGE);
    writeFileSync(join(folder, 'assets', 'main-1a2b.js'), 'run();');
    writeFileSync(join(folder, 'assets', 'plan.wasm'), '');
    writeFileSync(join(top, 'secret.txt'), 'not for you');
    writeFileSync(join(top, 'sets', 'mnist', 't10k-labels-idx1-ubyte.gz'), 'labels');
    const server = await startWebServer({ folder, port: 0, datasets: join(top, 'sets') });
    try {
      await body(server, top);
    } finally {
      await server.close();
    }
  });
}

describe('the server', () => {
  test('sends the page with the headers that isolate it, and its own policy', () => served(async ({ port }) => {
    const { status, headers, body } = await ask(port, '/?a=b');
    expect([status, body]).toEqual([200, PAGE]);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "script-src 'self'; frame-ancestors 'none'", 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache',
    });
    const again = await ask(port, '/', { headers: { 'if-none-match': String(headers['etag']) } });
    expect([again.status, again.body]).toEqual([304, '']);
  }));
  test('types and caching by the name', () => served(async ({ port }) => {
    const script = await ask(port, '/assets/main-1a2b.js');
    expect(script.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'content-length': '6' });
    expect((await ask(port, '/assets/plan.wasm')).headers['content-type']).toBe('application/wasm');
    const head = await ask(port, '/assets/main-1a2b.js', { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '6']);
  }));
  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%5c..%5csecret.txt', '/assets/../../secret.txt', '//../secret.txt', '/%00', '/%zz', '/none', '/assets', '/assets/'])('%s leads nowhere', (path) => served(async ({ port }) => {
    const { status, body } = await ask(port, path);
    expect(status === 400 || status === 404).toBe(true);
    expect(body).not.toContain('not for you');
  }));
  test.each(['evil.example', 'evil.example:PORT', '127.0.0.1.evil.example:PORT', '127.0.0.1:1', '192.168.0.2:PORT'])('is deaf to the host name %s', (host) => served(async ({ port }) => {
    expect((await ask(port, '/', { headers: { host: host.replace('PORT', String(port)) } })).status).toBe(403);
    expect((await ask(port, '/', { headers: { host: `localhost:${port}` } })).status).toBe(200);
  }));
  test('takes GET and HEAD alone', () => served(async ({ port }) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask(port, '/', { method })).status).toBe(405);
  }));
  test('says that it has data sets, and gives their files and no others', () => served(async ({ port }) => {
    expect(JSON.parse((await ask(port, '/site.json')).body)).toEqual({ datasets: true });
    expect(await ask(port, '/datasets/mnist/t10k-labels-idx1-ubyte.gz')).toMatchObject({ status: 200, body: 'labels' });
    for (const name of ['mnist/secret.txt', 'mnist', 'none/t10k-labels-idx1-ubyte.gz', 'mnist/t10k-labels-idx1-ubyte.gz/x', '']) expect((await ask(port, `/datasets/${name}`)).status).toBe(404);
    expect((await ask(port, '/datasets/mnist/..%2f..%2fsecret.txt')).status).toBe(400);
  }));
  test('takes a free port where the wanted one is taken', () => served(async ({ port }, top) => {
    const second = await startWebServer({ folder: join(top, 'site'), port });
    expect(second.port).not.toBe(port);
    expect((await ask(second.port, '/')).status).toBe(200);
    await second.close();
  }));
});

describe('opening the browser', () => {
  test.each([
    ['darwin', {}, 'open'], ['win32', {}, 'cmd'], ['linux', { DISPLAY: ':0' }, 'xdg-open'], ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open'],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, 'wslview'], ['linux', { DISPLAY: '' }, undefined],
  ] as const)('%s %j', (system, environment, command) => expect(opener(system, environment)?.[0]).toBe(command));
});
