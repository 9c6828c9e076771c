// Serves the built page from `dist/` on a free port, as any static host would.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const dist = process.env.PODHOP_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Starts the server; `address` is its origin with a closing slash, `close()` stops it. */
export async function serve() {
  await stat(join(dist, "index.html")).catch(() => {
    throw new Error("no built page in dist/: run `cargo xtask build` first");
  });
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const candidates = [path, join(path, "index.html")];
    // An address without an extension is a page of the app, which routes it itself.
    if (extname(path) === "") candidates.push("/index.html");
    for (const candidate of candidates) {
      const file = join(dist, candidate);
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) continue;
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
      return;
    }
    response.writeHead(404, { "content-type": "text/plain" }).end("not found");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
