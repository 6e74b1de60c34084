// The HTML report of a real run in a real browser. SPRAG names the command, CHROMIUM the browser if it is not on the PATH.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const RATCHETS = [
  "textbook/double-ratchet-eager",
  "textbook/periodic-rekey",
  "textbook/static-key",
  "mutant/p02-renews-once",
];
const GAMES = "forgery/,growth/,recovery/healing-time,recovery/ratchet-liveness,forward-secrecy/consumed-key";

const CRITERION = fileURLToPath(new URL("../../../cli/tests/criterion", import.meta.url));

const onPath = (name) => {
  const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
};
const browserPath =
  process.env.CHROMIUM ?? ["chromium", "chromium-browser", "google-chrome"].map(onPath).find(Boolean);
const skip = browserPath ? false : "no Chromium on this machine; install one (Debian: chromium)";

describe("the page of a real run", { skip }, () => {
  let folder;
  let browser;
  let page;
  let noises;
  let requests;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sprag-page-"));
    const sprag = process.env.SPRAG;
    assert.ok(sprag, "SPRAG must name the command");
    execFileSync(sprag, ["bench", "--criterion", CRITERION, "--json", "bench.json"], { cwd: folder });
    const line = ["check", ...RATCHETS, "--games", GAMES, "--rounds", "1", "--bench", "bench.json", "--html", "page.html"];
    const run = spawnSync(sprag, line, { cwd: folder, encoding: "utf8" });
    assert.equal(run.status, 1, run.stderr);
    browser = await chromium.launch({ executablePath: browserPath });
  });

  after(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  const open = async (options = {}, hash = "") => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    page = await context.newPage();
    noises = [];
    requests = [];
    page.on("console", (message) => noises.push(message.text()));
    page.on("pageerror", (error) => noises.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(join(folder, "page.html")).href + hash);
  };

  afterEach(async () => {
    await page.context().close();
  });

  /** What a failing assertion would be blind to: the page said nothing and asked for nothing. */
  const assertQuiet = () => {
    assert.deepEqual(noises, []);
    assert.equal(requests.length, 1, requests.join(" "));
  };

  const texts = (selector) => page.locator(selector).allTextContents();
  const shownGames = () => page.locator("#matrix-table tr.game:visible").count();

  test("it is quiet, has its parts, and asks for nothing", async () => {
    await open();
    assert.match(await page.title(), /^Sprag: failed$/);
    assert.deepEqual(await texts("#matrix-table thead th a"), RATCHETS);
    assert.ok((await page.locator("article.failure svg.chart").count()) > 1);
    assert.equal(await page.locator(".maps table.map").count(), RATCHETS.length);
    await page.mouse.wheel(0, 20_000);
    assertQuiet();
  });

  test("the slider picks one theft in all maps and tells what it reads", async () => {
    await open();
    const range = page.locator("#moment-range");
    const picked = () =>
      page.locator("tr.now").evaluateAll((rows) => rows.map((row) => row.dataset.moment));
    await range.focus();
    const first = await picked();
    await page.keyboard.press("ArrowRight");
    const second = await picked();
    await page.keyboard.press("End");
    const last = await picked();
    assert.ok(first.length > 1 && last.length > 1);
    for (const names of [first, second, last]) assert.equal(new Set(names).size, 1, names.join());
    assert.equal(new Set([first[0], second[0], last[0]]).size, 3);
    assert.match(await range.getAttribute("aria-valuetext"), new RegExp(`^theft ${last[0]}, after \\d+`));
    const lines = await texts("#moment-told li");
    assert.equal(lines.length, RATCHETS.length);
    assert.ok(lines.every((line) => /: from the initiator: .+ messages|: no such theft/.test(line)), lines.join("\n"));
    assert.ok(lines.some((line) => /of \d+ messages \d+ by design/.test(line)), lines.join("\n"));
    assertQuiet();
  });

  test("a cell tells its message, why and by whom, to the keyboard and to the pointer", async () => {
    await open();
    const card = page.locator(".maps .card").nth(2);
    const told = card.locator(".cell-told");
    const cells = card.locator("td");
    await cells.first().focus();
    const first = await told.textContent();
    assert.match(first, /^Theft .+ from the (initiator|responder), message .+ of the (initiator|responder): /);
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await told.textContent(), first);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowUp");
    assert.equal(await told.textContent(), first);
    assert.equal(await card.locator("td[tabindex='0']").count(), 1, "one stop of the keyboard for a map");
    await card.locator("td.d").last().hover();
    assert.match(await told.textContent(), /exposed by design \(.+\)$/);
    assertQuiet();
  });

  test("the matrix is filtered by text, by ratchet and by verdict", async () => {
    await open();
    const all = await shownGames();
    await page.locator("#filter-text").fill("replay");
    assert.equal(await shownGames(), 1);
    assert.equal(await page.locator("#filter-told").textContent(), `1 of ${all} games shown`);
    await page.locator("#filter-text").fill("static-key");
    assert.equal(await shownGames(), all);
    assert.equal(await page.locator("#matrix-table thead th:visible").count(), 2);
    await page.getByRole("button", { name: "Show all" }).click();
    assert.equal(await page.locator("#matrix-table thead th:visible").count(), RATCHETS.length + 1);
    for (const box of await page.locator("#filter input[type=checkbox]").all()) {
      if ((await box.getAttribute("value")) !== "fail") await box.uncheck();
    }
    const failing = await shownGames();
    assert.ok(failing > 0 && failing < all, `${failing} of ${all}`);
    assert.ok((await texts("#matrix-table tr.game:visible")).every((row) => row.includes("fail")));
    await page.locator("#compare-text").fill("mutant");
    assert.equal(await page.locator("#compare-table tbody tr:visible").count(), 1);
    assertQuiet();
  });

  test("the comparison is sorted by figures, with the keyboard as well", async () => {
    await open();
    const names = () => texts("#compare-table tbody th");
    const head = page.locator("#compare-table th", { hasText: "Healing, epochs" });
    await head.getByRole("button").focus();
    await page.keyboard.press("Enter");
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    const ascending = await names();
    assert.equal(ascending[0], "textbook/double-ratchet-eager");
    await page.keyboard.press("Enter");
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    const descending = await names();
    assert.equal(descending[0], "textbook/static-key", "never comes after every number");
    await page.locator("#compare-table th").first().getByRole("button").click();
    assert.deepEqual(await names(), [...RATCHETS].sort());
    assert.equal(await page.locator("#compare-table [aria-sort]").count(), 1);
    assertQuiet();
  });

  test("times are sorted by their multiples, and what is missing stays last", async () => {
    await open();
    const head = page.locator("#times-table th", { hasText: "burst-100" });
    await head.getByRole("button").click();
    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    assert.deepEqual(await texts("#times-table tbody th"), ["textbook/double-ratchet-lazy", "vodozemac/olm-v1"]);
    const missing = page.locator("#times-table tbody tr").last().locator("td").nth(1);
    assert.equal(await missing.getAttribute("title"), "vodozemac/olm-v1, burst-100: not measured: 99 keys are not kept");
    const paper = (cell) => cell.evaluate((it) => getComputedStyle(it).backgroundColor);
    const [encrypt] = await page.locator("#times-table tbody tr").last().locator("td").all();
    assert.notEqual(await paper(encrypt), await paper(missing));
    assertQuiet();
  });

  test("verdicts lead to their stories, and folded lines unfold", async () => {
    await open();
    await page.locator("#matrix-table td[data-v=fail] a").first().click();
    const story = await page.evaluate(() => document.activeElement.className);
    assert.equal(story, "failure");
    const pass = page.locator("#matrix-table td[data-v=pass] a").first();
    const line = page.locator(await pass.getAttribute("href"));
    assert.equal(await line.isVisible(), false);
    await pass.click();
    assert.equal(await line.isVisible(), true);
    const command = await texts("article.failure > pre");
    assert.ok(command.every((words) => words.startsWith("sprag replay ")), command.join("\n"));
    execFileSync("sh", ["-c", `test -e ${command[0].split(" ")[2]}`], { cwd: folder });
    assertQuiet();
  });

  test("it is dark where the system is, until the button says otherwise", async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await open({ colorScheme: "light" });
    const light = await paper();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await paper();
    assert.notEqual(light, dark);
    const button = page.getByRole("button", { name: "Dark" });
    await page.waitForFunction(() => document.getElementById("theme").ariaPressed === "true");
    await button.press("Space");
    assert.equal(await paper(), light);
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.locator("#theme").evaluate((it) => it.click());
    assert.equal(await paper(), light, "paper is white");
    assertQuiet();
  });

  test("the keyboard gets to everything that does something", async () => {
    await open();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the report");
    const seen = new Set();
    for (let stop = 0; stop < 2000; stop += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const it = document.activeElement;
        return it === document.body ? null : it.id || (it.closest("[id]")?.id ?? "") + it.tagName;
      });
      if (at === null) break;
      seen.add(at);
    }
    for (const place of ["theme", "filter-text", "compare-text", "moment-range", "compare-tableBUTTON", "times-tableBUTTON"]) {
      assert.ok(seen.has(place), `${place} is not among ${[...seen].join(" ")}`);
    }
    assert.ok([...seen].some((place) => place.endsWith("TD")), "a map has a stop");
    assertQuiet();
  });

  test("a narrow window scrolls tables, not the page", async () => {
    await open({ viewport: { width: 360, height: 700 } });
    const [width, wide] = await page.evaluate(() => [
      document.documentElement.clientWidth,
      document.documentElement.scrollWidth,
    ]);
    assert.equal(wide, width);
    assertQuiet();
  });

  test("nothing but its own script runs", async () => {
    await open();
    const ran = await page.evaluate(async () => {
      window.ran = false;
      document.body.insertAdjacentHTML("beforeend", '<svg onload="window.ran = true"></svg>');
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const image = new Image();
      const refused = new Promise((resolve) => image.addEventListener("error", resolve));
      image.src = "http://localhost:9/";
      await refused;
      return window.ran;
    });
    assert.equal(ran, false);
    assert.ok(noises.some((noise) => noise.includes("Content Security Policy")), noises.join("\n"));
  });
});
