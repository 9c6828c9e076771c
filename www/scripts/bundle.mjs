// Bundles what the page takes from npm into `www/vendor/`: the editor, the terminal, the style sheet with its fonts.
// Trunk runs this before every build. A file is written only when its bytes changed, so that `trunk serve` does not
// see its own output as a change and build again for ever.

import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const www = join(dirname(fileURLToPath(import.meta.url)), "..");
const vendor = join(www, "vendor");

const common = {
  absWorkingDir: www,
  outdir: vendor,
  bundle: true,
  minify: true,
  write: false,
  logLevel: "warning",
  legalComments: "none",
};

const [scripts, styles] = await Promise.all([
  build({
    ...common,
    entryPoints: ["src/editor.js", "src/files.js", "src/terminal.js"],
    format: "esm",
    // What is imported only when it is needed becomes a file of its own.
    splitting: true,
    chunkNames: "[name]-[hash]",
    target: "es2022",
  }),
  build({
    ...common,
    entryPoints: ["styles/main.css"],
    loader: { ".woff2": "file" },
    assetNames: "[name]",
    target: ["chrome111", "firefox113", "safari16.4"],
  }),
]);

const written = new Set();
await mkdir(vendor, { recursive: true });
for (const { path, contents } of [...scripts.outputFiles, ...styles.outputFiles]) {
  written.add(basename(path));
  const before = await readFile(path).catch(() => undefined);
  if (!before || Buffer.compare(before, contents) !== 0) await writeFile(path, contents);
}
for (const stale of (await readdir(vendor)).filter((name) => !written.has(name))) {
  await rm(join(vendor, stale));
}
