// Writes .br and .gz beside the built text files, so that no request has to compress them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../dist/", import.meta.url).pathname;
for (const entry of readdirSync(folder, { recursive: true })) {
  const path = join(folder, String(entry));
  if (!/\.(js|css|svg|json)$/.test(path) || path.includes(".vite")) continue;
  const text = readFileSync(path);
  if (text.length < 1024) continue;
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
}
