// Files that a person drags into the page: read as text, or refused with a sentence.
//
//   read(event) → Promise<[{ name, text } | { refused }]>; `event` is a drop

const KNOWN = /\.(ya?ml|json|md)$/i;
/** As much as the engine reads of one text. */
const LARGEST = 2 * 1024 * 1024;

export async function read(event) {
  const files = [...(event.dataTransfer?.files ?? [])];
  return Promise.all(files.map(one));
}

async function one(file) {
  const { name, size } = file;
  if (!KNOWN.test(name)) return { refused: `${name} was left out: only .yaml, .yml, .json and .md files are read.` };
  if (size > LARGEST) return { refused: `${name} was left out: it is larger than 2 MB.` };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (text.includes("\0")) return { refused: `${name} was left out: it is not text.` };
    return { name, text: text.replaceAll("\r\n", "\n") };
  } catch {
    return { refused: `${name} was left out: it is not text in UTF-8.` };
  }
}
