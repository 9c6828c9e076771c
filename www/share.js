// A session in a link: text, compressed (deflate-raw) behind a check sum, in base64url.
//
// `unpack` throws an Error whose message says why: "unable" (this browser cannot), "cut", "damaged", "long".

/** No session is longer than this, so a link that is was not made here. */
const LONGEST = 16_000_000;

export async function pack(text) {
  const bytes = new TextEncoder().encode(text);
  const packed = await through(new CompressionStream("deflate-raw"), bytes);
  const all = new Uint8Array(4 + packed.length);
  new DataView(all.buffer).setUint32(0, checkSum(bytes));
  all.set(packed, 4);
  let binary = "";
  for (let at = 0; at < all.length; at += 0x8000) binary += String.fromCharCode(...all.subarray(at, at + 0x8000));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export async function unpack(packed) {
  if (typeof DecompressionStream !== "function") throw new Error("unable");
  let all;
  try {
    all = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  } catch {
    // Base64 of whole bytes never leaves one sign over.
    throw new Error(packed.length % 4 === 1 ? "cut" : "damaged");
  }
  let bytes;
  try {
    bytes = await through(new DecompressionStream("deflate-raw"), all.subarray(4));
  } catch (error) {
    if (error.message === "long") throw error;
    throw new Error(isCut(error) ? "cut" : "damaged");
  }
  if (new DataView(all.buffer).getUint32(0) !== checkSum(bytes)) throw new Error("damaged");
  return new TextDecoder().decode(bytes);
}

/** Puts a link into the address bar and on the clipboard; false if there is no clipboard. */
export async function publish(hash) {
  history.replaceState(null, "", hash);
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  // What goes wrong shows at the reading end.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const parts = [];
  let length = 0;
  for (const reader = stream.readable.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > LONGEST) throw new Error("long");
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The stream ended before the text did: browsers word it each in its own way. */
function isCut(error) {
  return /incomplete|unexpected (end|eof)|ended|truncated|premature/i.test(error.message);
}

/** FNV-1a of 32 bits, which notices a changed letter; deflate-raw alone does not. */
function checkSum(bytes) {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
