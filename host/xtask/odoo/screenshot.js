// A picture of a page of the real Odoo, as a user sees it:  node screenshot.js /odoo/contacts/6 out.png [tab text]
// Needs Debian's chromium, and `npm install playwright-core` in the folder it runs from. ODOO_URL names the server.
const { chromium } = require(require.resolve('playwright-core', { paths: [process.cwd(), __dirname] }));
(async () => {
  const [path, out, tab] = process.argv.slice(2);
  const base = process.env.ODOO_URL || 'http://127.0.0.1:8069';
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  try {
    const page = await browser.newPage({ viewport: { width: Number(process.env.WIDTH || 1400), height: 1000 } });
    await page.goto(base + '/web/login');
    await page.fill('input[name=login]', 'admin'); await page.fill('input[name=password]', 'admin');
    await page.click('button[type=submit]'); await page.waitForSelector('.o_main_navbar', { timeout: 60000 });
    await page.goto(base + path); await page.waitForSelector('.o_form_view, .o_list_view, .o_kanban_view', { timeout: 60000 });
    if (tab) {
      await page.click(`.o_notebook_headers >> text=${tab}`);
      // The form scrolls inside the page: a window as tall as the tab shows it whole.
      const height = await page.evaluate(() => Math.max(...[...document.querySelectorAll('.o_action_manager, .o_action_manager *')]
        .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY))
        .map((element) => element.getBoundingClientRect().top + element.scrollHeight), 1000));
      await page.setViewportSize({ width: page.viewportSize().width, height: Math.min(Math.ceil(height) + 20, 6000) });
    }
    await page.waitForTimeout(1500); await page.screenshot({ path: out, fullPage: true });
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error.message); process.exit(1); });
