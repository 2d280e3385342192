// Opens pages in a browser, light and dark, and prints as JSON what axe finds, what the page asked for, and how long it took.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const [modules, executablePath, ...files] = process.argv.slice(2);
const installed = createRequire(modules + "/");
const { chromium } = installed("playwright-core");
const axe = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

async function look(browser, file, colorScheme) {
  const page = await browser.newPage({ colorScheme });
  const asked = [], said = [];
  page.on("request", (request) => request.url().startsWith("file:") || asked.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("dialog", (dialog) => said.push(dialog.message()) && dialog.dismiss());
  const begun = performance.now();
  await page.goto(file, { waitUntil: "load" });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  const milliseconds = Math.round(performance.now() - begun);
  // The first stop of the keyboard leads to the changes, the next ones are links, and what opens and closes.
  const stops = [];
  for (let stop = 0; stop < 4; stop += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement.tagName));
  }
  const opens = await page.evaluate(() => {
    const summary = document.querySelector("details:not([open]) > summary");
    summary?.focus();
    return Boolean(summary);
  });
  if (opens) await page.keyboard.press("Enter");
  const opened = await page.evaluate(() => document.activeElement.parentElement?.open === true);
  const made = await page.evaluate(() => document.querySelectorAll("script, iframe, img, object, link, a[href]:not([href^='#'])").length);
  await page.evaluate(axe + ";0");
  const found = await page.evaluate(() => axe.run());
  const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  await page.close();
  return { colorScheme, asked, said, stops, opened: !opens || opened, made, violations, milliseconds };
}

(async () => {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const pages = [];
  for (const file of files) for (const scheme of ["light", "dark"]) pages.push(await look(browser, file, scheme));
  console.log(JSON.stringify(pages));
  await browser.close();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
