// Measures the editor with 500 nodes in a real browser, and prints medians as JSON. HEDDLE_SPEED says where the server is.
import { chromium } from "playwright-core";

const told = JSON.parse(process.env.HEDDLE_SPEED ?? "{}");
const ROUNDS = Number(process.env.HEDDLE_SPEED_ROUNDS ?? 5);
const NODES = 500;
const COLUMNS = 25;
const MOVING_MS = 2_000;
const KEYS = 30;
const ITEMS = 20_000;
const WORKFLOWS = "/api/orchestrator/workflows/";
const EXECUTIONS = "/api/orchestrator/executions/";

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const quantile = (values, part) => values.toSorted((one, other) => one - other)[Math.floor(values.length * part)];

async function makeWorkflow() {
  const place = (at) => ({ x: 96 + (at % COLUMNS) * 320, y: 96 + Math.floor(at / COLUMNS) * 160 });
  const node = (at, type, label, params = {}) => ({ id: `n${at}`, type, position: place(at), data: { label, params } });
  const nodes = Array.from({ length: NODES - 1 }, (_, at) =>
    at === 0 ? node(0, "manual_trigger", "Start") : node(at, "no_op", `Node ${at}`),
  );
  // It never runs, as nothing fails: its code is what is typed into.
  nodes.push(node(NODES - 1, "stop_and_error", "Typed", { message: "never", code: "x" }));
  const edges = nodes.slice(1, -1).map((_, at) => ({ id: `e${at}`, source: `n${at}`, target: `n${at + 1}` }));
  edges.push({ id: "typed", source: `n${NODES - 2}`, sourceHandle: "error", target: `n${NODES - 1}` });
  for (let at = 0; at + COLUMNS < NODES - 1 && edges.length < 600; at += 4)
    edges.push({ id: `b${at}`, source: `n${at}`, target: `n${at + COLUMNS}` });
  return (await call("POST", WORKFLOWS, { name: "Speed", nodes, edges })).id;
}

async function call(method, path, body) {
  const response = await fetch(`${told.baseUrl}${path}`, {
    method,
    headers: { "X-API-Key": told.apiKey, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Has a run make 10 MB of output in many items; returns the page that shows it. */
async function makeLargeRun() {
  const code = `return [{'n': n, 'text': 'x' * 480} for n in range(${ITEMS})]`;
  const node = (id, type, label, x, params) => ({ id, type, position: { x, y: 96 }, data: { label, params } });
  const nodes = [
    node("start", "manual_trigger", "Start", 96, {}),
    node("make", "code", "Make", 416, { language: "python", code, mode: "all_items" }),
  ];
  const edges = [{ id: "a", source: "start", target: "make" }];
  const { id } = await call("POST", WORKFLOWS, { name: "Large output", nodes, edges });
  const run = (await call("POST", `${WORKFLOWS}${id}/execute/`, { input: {} })).id;
  for (let status = "pending"; status !== "completed"; ) {
    if (["failed", "cancelled", "timeout"].includes(status)) throw new Error(`the run with a large output ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    ({ status } = await call("GET", `${EXECUTIONS}${run}/status/`));
  }
  return `/app/workflows/${id}/runs/${run}`;
}

/** From the click on a node to its many items painted. */
async function openLarge(page, path) {
  await page.goto(`${path}?node=start`); // nothing of the large node is read before
  const data = page.getByRole("complementary", { name: "Data of the node run" });
  await data.getByRole("heading", { name: "Start" }).waitFor();
  await page.evaluate(() => {
    const found = window.heddleSpeed;
    found.opened = null;
    const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.startsWith("Make"));
    const asked = performance.now();
    const look = () => {
      if (!document.body.textContent.includes("of 20,000 loaded")) return requestAnimationFrame(look);
      requestAnimationFrame(() => setTimeout(() => (found.opened = performance.now() - asked), 0));
    };
    button.click();
    requestAnimationFrame(look);
  });
  for (;;) {
    const opened = await page.evaluate(() => window.heddleSpeed.opened);
    if (opened !== null) return opened;
    await page.waitForTimeout(50);
  }
}

/** Runs in the page, before anything of it. */
function watch(path) {
  const found = { painted: null, frames: [], keys: [], longest: 0 };
  window.heddleSpeed = found;
  const look = () => {
    if (document.querySelectorAll(".react-flow__node .graph-node").length === 0) return requestAnimationFrame(look);
    afterPaint(() => {
      const answers = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(path));
      found.painted = performance.now() - Math.min(...answers.map(({ responseEnd }) => responseEnd));
    });
  };
  const afterPaint = (act) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = act;
      channel.port2.postMessage(null);
    });
  requestAnimationFrame(look);
  const frame = (at) => {
    found.frames.push(at);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  addEventListener(
    "keydown",
    ({ timeStamp }) => afterPaint(() => found.keys.push(performance.now() - timeStamp)),
    true,
  );
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) found.longest = Math.max(found.longest, duration);
  }).observe({ type: "longtask" });
}

/** Moves the pointer or the wheel for a while; returns frames per second and the 95th percentile of a frame. */
async function moving(page, step) {
  await page.evaluate(() => (window.heddleSpeed.frames = []));
  const end = Date.now() + MOVING_MS;
  for (let at = 0; Date.now() < end; at += 1) await step(at);
  const frames = await page.evaluate(() => window.heddleSpeed.frames);
  const lengths = frames.slice(1).map((at, index) => at - frames[index]);
  return { fps: (1000 * lengths.length) / (frames.at(-1) - frames[0]), p95: quantile(lengths, 0.95) };
}

async function round(browser, id, largePath) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: told.baseUrl });
  const { hostname } = new URL(told.baseUrl);
  await context.addCookies([{ name: "heddle_tour", value: "seen", domain: hostname, path: "/app/" }]);
  await context.addInitScript(watch, `${WORKFLOWS}${id}/`);
  const page = await context.newPage();
  await page.goto(`/app/workflows/${id}`);
  await page.getByLabel("Email").fill(told.email);
  await page.getByLabel("Password", { exact: true }).fill(told.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.waitFor();
  await page.reload(); // with the page's own files at hand
  await canvas.waitFor();
  let painted = null;
  while (painted === null) {
    await page.waitForTimeout(50);
    painted = await page.evaluate(() => window.heddleSpeed.painted);
  }

  await canvas.focus();
  await page.keyboard.press("1");
  await page.waitForTimeout(600);
  await page.mouse.move(700, 450);
  const pan = await moving(page, (at) => page.mouse.wheel(at % 40 < 20 ? 12 : -12, at % 40 < 20 ? 6 : -6));
  await page.keyboard.press("0");
  await page.waitForTimeout(600);
  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: /^Find/ }).fill("Node 260");
  await page.keyboard.press("Enter");
  await page.locator('.react-flow__node[data-id="n260"]').waitFor();
  await page.keyboard.press("Escape");
  await page.waitForTimeout(600);
  const box = await page.locator('.react-flow__node[data-id="n260"]').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const drag = await moving(page, (at) => page.mouse.move(x + 120 * Math.sin(at / 12), y + 80 * Math.cos(at / 12)));
  await page.mouse.up();

  await canvas.focus();
  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: /^Find/ }).fill("Typed");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.locator("[data-inspector] [data-param='code'] :is([role=textbox], input)").first().click();
  await page.keyboard.press("Control+a");
  await page.evaluate(() => (window.heddleSpeed.keys = []));
  for (let at = 0; at < KEYS; at += 1) await page.keyboard.type("a", { delay: 30 });
  const keys = await page.evaluate(() => window.heddleSpeed.keys);

  await page.locator('[data-save-state="saved"]').waitFor();
  await page.evaluate(() => (window.heddleSpeed.longest = 0));
  await page.keyboard.press("Control+Enter");
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
  const longest = await page.evaluate(() => window.heddleSpeed.longest);
  const opened = await openLarge(page, largePath);
  await context.close();
  return {
    frontend_painted_ms: painted,
    frontend_pan_fps: pan.fps,
    frontend_drag_fps: drag.fps,
    frontend_drag_p95_ms: drag.p95,
    frontend_key_ms: median(keys),
    frontend_flood_task_ms: longest,
    frontend_large_output_ms: opened,
  };
}

const browser = await chromium.launch({ executablePath: told.chromium, args: ["--no-sandbox"] });
try {
  const id = await makeWorkflow();
  const largePath = await makeLargeRun();
  const rounds = [];
  for (let at = 0; at < ROUNDS; at += 1) rounds.push(await round(browser, id, largePath));
  const names = Object.keys(rounds[0]);
  process.stdout.write(
    JSON.stringify(Object.fromEntries(names.map((name) => [name, median(rounds.map((one) => one[name]))]))),
  );
} finally {
  await browser.close();
}
