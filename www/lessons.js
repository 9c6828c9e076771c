// Lessons from beyond the page: fetched, chosen from disk, and what is handed out to keep.
//
//   await fetchText(address)       → the text there; throws an Error whose message is a sentence for a person
//   await pick(folder, ending)     → [{ name, text } | { refused }]; empty if nothing was chosen
//   save(name, text)               hands out a file

/** No lesson is longer than this. */
const LARGEST = 1024 * 1024;

export async function fetchText(address) {
  let url;
  try {
    url = new URL(address, location.href);
  } catch {
    throw new Error(`“${address}” is not an address.`);
  }
  let answer;
  try {
    answer = await fetch(url, { credentials: "omit" });
  } catch {
    if (url.origin === location.origin) throw new Error("The lessons could not be loaded. Is the network there?");
    throw new Error(
      `This page may load lessons from ${location.host} only (its content security policy says so), not from ${url.host}. ` +
        "Download the file and open it here with “Open a file”.",
    );
  }
  if (!answer.ok) throw new Error(`${url.pathname} could not be loaded: the server answered ${answer.status}.`);
  // A server that knows no such file may send its start page instead.
  if (answer.headers.get("content-type")?.includes("text/html")) throw new Error(`${url.pathname} is a web page, not a lesson.`);
  return (await answer.text()).replaceAll("\r\n", "\n");
}

export async function pick(folder, ending) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = ending === ".md";
  input.accept = ending;
  input.webkitdirectory = folder;
  const chosen = new Promise((done) => {
    input.addEventListener("change", () => done([...input.files]), { once: true });
    input.addEventListener("cancel", () => done([]), { once: true });
  });
  input.click();
  const files = (await chosen).filter((file) => !folder || file.name.endsWith(ending));
  return Promise.all(files.filter((file) => file.name !== "README.md").map((file) => read(file, ending)));
}

async function read(file, ending) {
  const name = file.webkitRelativePath || file.name;
  if (!file.name.endsWith(ending)) return { refused: `${name} was left out: only ${ending} files are read here.` };
  if (file.size > LARGEST) return { refused: `${name} was left out: it is larger than 1 MB.` };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return { name, text: text.replaceAll("\r\n", "\n") };
  } catch {
    return { refused: `${name} was left out: it is not text in UTF-8.` };
  }
}

export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
