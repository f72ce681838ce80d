import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startTestService, type TestService } from '@org/service/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

const SCREENSHOT = path.join(import.meta.dirname, '../../../docs/assets/docs-page.png');

const executablePath = findChromium();
if (!executablePath && !process.env.CI)
  console.warn('Skipped: no Chromium. Get it with scripts/install-test-packages.');

let service: TestService;
let browser: Browser;
beforeAll(async () => {
  if (!executablePath && !process.env.CI) return;
  if (!executablePath) throw new Error('CI needs a Chromium; get it with scripts/install-test-packages.');
  const database = 'postgres://nobody@127.0.0.1:1/nothing';
  service = await startTestService({ module: AppModule, config: readConfig, codes }, { database });
  browser = await chromium.launch({ executablePath, args: QUIET });
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

test.skipIf(!executablePath && !process.env.CI)(
  'a browser shows every route at /docs, from this service alone',
  async () => {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    page.on(
      'response',
      (response) => response.status() >= 400 && complaints.push(`${response.url()} ${response.status()}`),
    );
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));

    await page.goto(`${service.client.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    const shown = await page.locator('.opblock-summary').allInnerTexts();
    const { paths } = (await service.client.get('/openapi.json')).body;
    const documented = Object.values<object>(paths).flatMap((methods) => Object.keys(methods));
    expect(shown).toHaveLength(documented.length);
    expect(shown.join(' ').replaceAll(/[\s\u200B]+/g, ' ')).toContain('POST /v1/sessions Sign in');

    if (process.env.UPDATE_SCREENSHOTS === 'true') {
      await mkdir(path.dirname(SCREENSHOT), { recursive: true });
      await page.screenshot({ path: SCREENSHOT, animations: 'disabled' });
    }

    // A description of what it answers, which comes from the same document.
    const signIn = page.locator('#operations-Sessions-Sessions_create');
    await signIn.locator('.opblock-summary').click();
    await signIn.locator('.responses-table').waitFor();
    expect(await signIn.locator('.responses-table').textContent()).toContain('rate_limited');

    expect([...asked].filter((origin) => origin !== 'null')).toEqual([service.client.url]);
    expect(complaints).toEqual([]);
  },
);

test('its screenshot in the documentation is there, and small', () => {
  expect(statSync(SCREENSHOT).size).toBeLessThan(150_000);
});

function findChromium(): string | undefined {
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(path.delimiter).concat('/usr/bin');
  const candidates = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [process.env.CHROMIUM, ...candidates].find((file) => file && existsSync(file));
}

/**
 * Without what a browser does by itself: look for updates, report, resolve names. Nothing but this machine is reached.
 */
const QUIET = [
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
];
