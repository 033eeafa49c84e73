// Holds the budgets of the bundle, gzipped: what a screen's first visit loads, counted over Vite's manifest.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const bytes = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

/** All files that `key` loads at once, by static imports. */
function closure(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return seen;
  seen.add(key);
  for (const next of chunk.imports ?? []) closure(next, seen);
  return seen;
}
const sum = (keys, pick) =>
  [...new Set([...keys].flatMap((key) => pick(manifest[key])))].reduce((all, file) => all + bytes(file), 0);
const js = (chunk) => [chunk.file].filter((file) => file.endsWith(".js"));
const css = (chunk) => chunk.css ?? [];

const first = closure("src/main.tsx");
const login = Object.keys(manifest).find((key) => key.endsWith("features/auth/LoginScreen.tsx"));
if (login) closure(login, first);
const beside = (key) => [...closure(key)].filter((one) => !first.has(one));
const find = (end) => Object.keys(manifest).find((key) => key.endsWith(end));
const rows = [
  ["first_screen_js", 200, sum(first, js)],
  ["first_screen_css", 25, sum(first, css)],
];
for (const [name, limit, end] of [
  ["editor_route_js", 140, "features/editor/EditorScreen.tsx"],
  ["code_editor_js", 120, "ui/LoadedCodeEditor.tsx"],
  ["markdown_js", 30, "ui/markdownHtml.ts"],
]) {
  const key = find(end);
  if (!key) throw new Error(`${end} is no file of its own any more: its budget would be held by nothing`);
  rows.push([name, limit, sum(beside(key), js)]);
}
let isOver = false;
for (const [name, limit, size] of rows) {
  const kb = size / 1024;
  isOver ||= kb > limit;
  console.log(`${name.padEnd(20)} ${kb.toFixed(1).padStart(7)} KB of ${limit} KB${kb > limit ? "  OVER" : ""}`);
}
if (process.argv.includes("--json"))
  console.log(JSON.stringify(Object.fromEntries(rows.map(([name, , size]) => [name, size]))));
process.exitCode = isOver ? 1 : 0;
