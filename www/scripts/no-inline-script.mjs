// Moves every inline script of the built page into a file of its own. Trunk injects its reload script inline when it
// serves; the page's content security policy allows no inline script at all, and should not make an exception for it.
// Trunk runs this after the build, in its staging folder, before the page is put in place.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const staging = process.env.TRUNK_STAGING_DIR;
if (!staging) throw new Error("run by Trunk, which sets TRUNK_STAGING_DIR");

const path = join(staging, "index.html");
const page = await readFile(path, "utf8");
const found = [];
const external = page.replace(/<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g, (_, attributes, body) => {
  const name = `inline-${found.length + 1}.js`;
  found.push([name, fillIn(body)]);
  return `<script${attributes} src="./${name}"></script>`;
});
for (const [name, body] of found) await writeFile(join(staging, name), body);
if (found.length > 0) await writeFile(path, external);

/** Fills in what Trunk's server would, which only does so inside the page. */
function fillIn(body) {
  return body
    .replaceAll("'{{__TRUNK_ADDRESS__}}'", "window.location.host")
    .replaceAll("{{__TRUNK_WS_BASE__}}", "/")
    .replaceAll("{{__TRUNK_WS_PROTOCOL__}}", "");
}
