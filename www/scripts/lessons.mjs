// Puts a folder of lessons where the page finds it: the files as they are, and `index.json` with the path and the front
// matter of each, uninterpreted, so that the catalogue is one request. `node lessons.mjs FOLDER OUT`; run by Trunk
// after the build, without arguments, for the lessons that come with Podhop.

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const staging = process.env.TRUNK_STAGING_DIR;
const [folder = join(root, "lessons"), out = staging && join(staging, "lessons")] = process.argv.slice(2);
if (!out) throw new Error("usage: node lessons.mjs FOLDER OUT");

const names = await readdir(folder, { recursive: true });
const paths = names.map((name) => name.replaceAll("\\", "/")).filter((path) => path.endsWith(".md"));
const lessons = [];
for (const path of paths.filter((path) => !path.endsWith("README.md")).sort()) {
  const text = await readFile(join(folder, path), "utf8");
  const front = /^---\n([\s\S]*?\n)---\n/.exec(text);
  if (!front) throw new Error(`${path}: there is no front matter between lines \`---\``);
  lessons.push({ path, front: front[1] });
  await mkdir(dirname(join(out, path)), { recursive: true });
  await writeFile(join(out, path), text);
}
await mkdir(out, { recursive: true });
await writeFile(join(out, "index.json"), JSON.stringify({ lessons }));
